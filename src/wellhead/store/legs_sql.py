"""The statements behind `store.legs`, each table named after what one row of it means.

Nothing is put into them by formatting: what varies is a parameter.
"""

from __future__ import annotations

TABLES = """
create table if not exists leg (
    file smallint not null, row bigint not null, kept_file smallint not null, kept_row bigint not null,
    rule varchar not null, overruled boolean not null
);
create table if not exists completion (  -- accounts of a kept record that only its other leg knows
    file smallint not null, row bigint not null, sender integer not null, receiver integer not null
);
create view if not exists counted_transfer as  -- each payment once, with the accounts that its legs know
select transfer.* replace (
    coalesce(completion.sender, transfer.sender) as sender,
    coalesce(completion.receiver, transfer.receiver) as receiver
)
from transfer
left join completion on completion.file = transfer.file and completion.row = transfer.row
where not exists (
    select 1 from leg where leg.file = transfer.file and leg.row = transfer.row and not leg.overruled
);
"""

# One row: a statement about a payment that might have another leg. The role and the instructed amount stand
# at the end of a message's purpose; rows of other files have the role "ledger".
RECORDS = r"""
create or replace temp table leg_record as
with stated as (
    select
        transfer.*, source_file.kind in ('iso20022', 'swift_mt') as is_message,
        case when source_file.kind in ('iso20022', 'swift_mt') then regexp_extract(
            transfer.purpose,
            '\[(\S+) (payment|cover|debit|credit|instruction)(?:; instructed ([0-9.]+) ([A-Z0-9]+))?\]$',
            ['message', 'role', 'instructed', 'instructed_currency']
        ) end as told
    from transfer
    join source_file on source_file.id = transfer.file
    where not exists (
        select 1 from leg where leg.file = transfer.file and leg.row = transfer.row and leg.overruled
    )
),
shared as (  -- references that stand in more than one file
    select lower(trim(reference)) as reference
    from (
        select distinct file, unnest(string_split(reference, ' | ')) as reference
        from transfer where reference <> ''
    )
    group by all having count(*) > 1
)
select
    row_number() over (order by stated.file, stated.row) as id,
    row_number() over (order by stated.file, stated.row) as cluster,
    stated.file, stated.row, stated.time, stated.amount, stated.currency, stated.sender, stated.receiver,
    stated.reference,
    case when is_message then told.role else 'ledger' end as role,
    case when is_message then told.message else '' end as message,
    try_cast(replace(told.instructed, '.', '') as bigint) as instructed,
    told.instructed_currency,
    payer.canonical as payer_label,
    payee.canonical as payee_label,
    case when regexp_matches(payer.identifier, $placeholders) then null else payer.canonical end as payer,
    case when regexp_matches(payee.identifier, $placeholders) then null else payee.canonical end as payee,
    ''::varchar as rule
from stated
join account payer on payer.id = stated.sender
join account payee on payee.id = stated.receiver
where (is_message and told.role <> '')
   or (not is_message and lower(trim(stated.reference)) in (select reference from shared));
"""

# One row: something by which a record can be found again. SWIFT cuts long references to fifteen characters
# and a plus sign.
HANDLES = r"""
create or replace temp table leg_handle as
with reference as (
    select id, role, lower(trim(unnest(string_split(reference, ' | ')))) as text
    from leg_record where reference <> ''
),
told as (
    select
        id, text,
        role <> 'ledger' and starts_with(text, 'bank ') as is_bank,
        role <> 'ledger' and regexp_full_match(text, '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}') as is_uetr
    from reference where text <> ''
)
select id, 'uetr' as kind, text as handle from told where is_uetr
union
select id, 'reference', text from told where not is_uetr and not is_bank
union
select id, 'reference', text[:15] || '+' from told where not is_uetr and not is_bank and length(text) > 16
union
select id, 'booking', text from told where not is_uetr
union
select id, 'booking', text[:15] || '+' from told where not is_uetr and not is_bank and length(text) > 16
union
select id, 'own account', if(role = 'debit', payer_label, payee_label)
from leg_record where role in ('debit', 'credit')
union
select id, 'accounts', payer || ' → ' || payee from leg_record where payer is not null and payee is not null;
"""

# One row: a sum booked on a statement whose parts another report of the account lists one by one, under the
# same reference of the bank. It is left out in favour of the parts, and takes no part in the matching.
BATCHES = """
create or replace temp table leg_batch as
with part as (
    select
        handle, file, role, currency, if(role = 'debit', payer_label, payee_label) as own_account,
        sum(amount) as amount, min(id) as first_part, min(time) as time
    from leg_record join leg_handle using (id)
    where kind = 'booking' and starts_with(handle, 'bank ') and role in ('debit', 'credit')
    group by all having count(*) > 1
)
select one.id, one.file, one.row, min(part.first_part) as first_part
from leg_record one
join leg_handle using (id)
join part on part.handle = leg_handle.handle and part.role = one.role and part.currency = one.currency
    and part.own_account = if(one.role = 'debit', one.payer_label, one.payee_label)
    and part.amount = one.amount and part.file <> one.file and abs(part.time - one.time) <= $window
where leg_handle.kind = 'booking'
  and not exists (select 1 from part own where own.handle = leg_handle.handle and own.file = one.file)
group by one.id, one.file, one.row;
"""
LEAVE_BATCHES = "delete from leg_record where id in (select id from leg_batch);"

# One row: records known so far to be one payment.
CLUSTERS = """
create or replace temp table leg_cluster as
select
    cluster,
    bit_or(case role when 'payment' then 1 when 'cover' then 2 when 'debit' then 4 when 'credit' then 8
                     when 'instruction' then 16 else 32 end) as slots,
    max(payer) as payer, max(payee) as payee,
    coalesce(max(payer), max(payer_label)) as payer_label,
    coalesce(max(payee), max(payee_label)) as payee_label,
    max(handle) filter (where kind = 'uetr') as uetr,
    coalesce(bool_or(kind in ('uetr', 'reference')), false) as has_reference,
    coalesce(bool_or(starts_with(handle, 'bank ') and kind = 'booking'), false) as has_bank_reference
from leg_record left join leg_handle using (id)
group by cluster;
"""

# One row: two clusters that a rule may join. `nth` counts either side's records in time order.
PAIRS = """
create or replace temp table leg_pair as
with one as (
    select id, file, time, amount, currency, instructed, instructed_currency, role, message, handle,
           leg_cluster.*
    from leg_record join leg_handle using (id) join leg_cluster using (cluster)
    where kind = $handle and role in (select unnest($joining)) and length(handle) >= $shortest
),
other as (
    select id, file, time, amount, currency, instructed, instructed_currency, role, message, handle,
           leg_cluster.*
    from leg_record join leg_handle using (id) join leg_cluster using (cluster)
    where kind = $handle and role in (select unnest($joined)) and length(handle) >= $shortest
),
pair as (
    select
        one.cluster as one, other.cluster as other, one.file as one_file, other.file as other_file,
        one.handle, abs(one.time - other.time) as gap, abs(one.amount - other.amount) as difference,
        dense_rank() over (partition by one.handle, one.amount order by one.time, one.id) as one_nth,
        dense_rank() over (partition by one.handle, one.amount order by other.time, other.id) as other_nth
    from one join other on one.handle = other.handle
    where one.cluster <> other.cluster
      and case $within
            when 'any file' then one.id < other.id
            when 'other files, same side' then one.file < other.file and one.role = other.role
            else one.slots & other.slots = 0 end
      and abs(one.time - other.time) <= $window
      and (one.uetr is null or other.uetr is null or one.uetr = other.uetr)
      and case $amounts
            when 'equal' then one.amount = other.amount and one.currency = other.currency
            else (one.amount = other.amount and one.currency = other.currency)
              or (one.instructed = other.amount and one.instructed_currency = other.currency)
              or (other.instructed = one.amount and other.instructed_currency = one.currency)
              or (one.instructed = other.instructed and one.instructed_currency = other.instructed_currency)
              or ($amounts = 'less charges' and one.currency = other.currency
                  and 2 * least(one.amount, other.amount) >= greatest(one.amount, other.amount)
                  and case when one.role = 'debit' or other.role = 'credit' then one.amount >= other.amount
                           when one.role = 'credit' or other.role = 'debit' then one.amount <= other.amount
                           else true end) end
      and case $accounts
            when 'any' then true
            when 'both equal' then one.payer_label = other.payer_label and one.payee_label = other.payee_label
            else (one.payer_label = other.payer_label or one.payer is null or other.payer is null)
             and (one.payee_label = other.payee_label or one.payee is null or other.payee is null)
             and ($accounts = 'no conflict' or one.payer = other.payer or one.payee = other.payee) end
      and ($handle not in ('accounts', 'own account') or not (one.has_reference and other.has_reference))
      and ($handle <> 'own account' or (one.message <> other.message
           and not (one.has_bank_reference and other.has_bank_reference)))
),
ranked as (
    select
        *,
        row_number() over (
            partition by one, if($within = 'other files, same side', other_file, 0)
            order by difference, abs(one_nth - other_nth), gap, other) as rank_of_other,
        row_number() over (
            partition by other, if($within = 'other files, same side', one_file, 0)
            order by difference, abs(one_nth - other_nth), gap, one) as rank_of_one
    from pair
)
select distinct one, other from ranked
where $within = 'any file' or (rank_of_other = 1 and rank_of_one = 1);
"""

# Joined clusters take the smallest label among them; repeated until nothing changes.
LABELS = """
create or replace temp table leg_label as
select cluster, min(label) as label
from (
    select one as cluster, other as label from leg_pair union all select other, one from leg_pair
    union all select one, one from leg_pair union all select other, other from leg_pair
)
group by cluster;
"""
SPREAD = """
create or replace temp table leg_label_next as
select leg_label.cluster, min(least(leg_label.label, coalesce(near.label, leg_label.label))) as label
from leg_label
left join (select one as cluster, other as neighbour from leg_pair
           union all select other, one from leg_pair) edge using (cluster)
left join leg_label near on near.cluster = edge.neighbour
group by leg_label.cluster;
"""
SPREAD_LEFT = """
select count(*) from leg_label join leg_label_next using (cluster)
where leg_label.label <> leg_label_next.label;
"""
TAKE_SPREAD = "create or replace temp table leg_label as select * from leg_label_next;"
JOIN = """
update leg_record set rule = if(leg_record.rule = '', $rule, leg_record.rule), cluster = leg_label.label
from leg_label where leg_label.cluster = leg_record.cluster;
"""

# A statement never contradicts itself: of records of one file and side that ended up together, the nth stays
# with the nth of the other files.
PART = """
update leg_record set cluster = parted.cluster
from (
    select id, min(id) over (partition by cluster, nth) as cluster
    from (
        select id, cluster, row_number() over (partition by cluster, file, role order by time, row) as nth
        from leg_record where cluster in (
            select cluster from leg_record group by cluster, file, role having count(*) > 1
        )
    )
) parted
where parted.id = leg_record.id;
"""

# One row: a record, and the one of its cluster that is kept.
KEPT = """
create or replace temp table leg_kept as
select
    id, file, row, cluster, rule, sender, receiver, amount, payer, payee,
    first_value(id) over best as kept
from leg_record
where cluster in (select cluster from leg_record group by cluster having count(*) > 1)
window best as (
    partition by cluster
    order by role = 'instruction', (payer is null)::int + (payee is null)::int,
             case role when 'payment' then 1 when 'cover' then 2 when 'ledger' then 3 when 'credit' then 4
                       when 'debit' then 5 else 6 end,
             amount, time, file, row
);
"""
WRITE_LEGS = """
delete from leg where not overruled;
delete from completion;
insert into leg (file, row, kept_file, kept_row, rule, overruled)
select leg.file, leg.row, kept.file, kept.row, if(leg.rule = '', kept.rule, leg.rule), false
from leg_kept leg join leg_kept kept on kept.id = leg.kept
where leg.id <> leg.kept
order by leg.file, leg.row;
insert into completion (file, row, sender, receiver)
with known as (
    select
        cluster,
        arg_min(sender, id) filter (where payer is not null) as sender,
        arg_min(receiver, id) filter (where payee is not null) as receiver
    from leg_kept group by cluster
)
select
    kept.file, kept.row,
    if(kept.payer is null, coalesce(known.sender, kept.sender), kept.sender),
    if(kept.payee is null, coalesce(known.receiver, kept.receiver), kept.receiver)
from leg_kept kept join known using (cluster)
where kept.id = kept.kept
  and ((kept.payer is null and known.sender is not null)
       or (kept.payee is null and known.receiver is not null))
order by kept.file, kept.row;
"""
WRITE_BATCHES = """
insert into leg (file, row, kept_file, kept_row, rule, overruled)
select leg_batch.file, leg_batch.row, kept.file, kept.row, $rule, false
from leg_batch
left join leg_kept on leg_kept.id = leg_batch.first_part
join leg_record kept on kept.id = coalesce(leg_kept.kept, leg_batch.first_part)
order by leg_batch.file, leg_batch.row;
"""
CLEAN = """
drop table if exists leg_record; drop table if exists leg_handle; drop table if exists leg_cluster;
drop table if exists leg_pair; drop table if exists leg_label; drop table if exists leg_label_next;
drop table if exists leg_kept; drop table if exists leg_batch;
"""

SEVERAL = """
select count(*) from source_file where kind in ('iso20022', 'swift_mt')
    or (select count(*) from source_file) > 1;
"""
FOUND = "select distinct role, kind from leg_record join leg_handle using (id);"
FORGET = "delete from leg where not overruled; delete from completion;"
LEGS = """
select
    source.path, leg.row, kept_source.path, leg.kept_row, leg.rule, leg.overruled,
    stated.amount, kept.amount, stated.currency, kept.currency,
    if(completion.sender is null or completion.sender = kept.sender, '', sender.identifier),
    if(completion.receiver is null or completion.receiver = kept.receiver, '', receiver.identifier)
from leg
join source_file source on source.id = leg.file
join source_file kept_source on kept_source.id = leg.kept_file
join transfer stated on stated.file = leg.file and stated.row = leg.row
join transfer kept on kept.file = leg.kept_file and kept.row = leg.kept_row
left join completion on completion.file = leg.kept_file and completion.row = leg.kept_row
left join account sender on sender.id = completion.sender
left join account receiver on receiver.id = completion.receiver
order by leg.file, leg.row;
"""
OVERRULE = """
update leg set overruled = true
where ($file, $row) in ((file, row), (kept_file, kept_row)) and not overruled;
"""
IS_LEG = "select count(*) from leg where ($file, $row) in ((file, row), (kept_file, kept_row));"

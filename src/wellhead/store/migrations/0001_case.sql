-- The case file. Uniqueness is kept by construction (one writer, one transaction a file): an index over
-- half a million identifiers costs more than loading them.

create sequence source_file_id;

create table source_file (
    id smallint primary key default nextval('source_file_id'),
    path varchar not null,
    sha256 varchar not null unique,
    bytes bigint not null,
    kind varchar not null,
    reliability varchar not null,
    credibility varchar not null,
    marking varchar not null,
    loaded_at timestamptz not null,
    rows bigint not null,
    loaded bigint not null,
    counts json not null,
    columns json not null
);

create table account (
    id integer not null,            -- 0, 1, 2 … in order of first appearance
    identifier varchar not null,    -- as first seen
    canonical varchar not null      -- what all spellings of the identifier share
);

create table account_spelling (     -- other spellings that stand in the files
    identifier varchar not null,
    account integer not null
);

create table account_detail (       -- what payments say of an account; the first value seen of each
    account integer not null,
    name varchar,
    country varchar,
    holder_class varchar,
    bank varchar,
    file smallint not null,
    row bigint not null             -- where the first of them stands
);

create table transfer (
    file smallint not null,
    row bigint not null,            -- 1-based data record of the file
    time bigint not null,           -- microseconds since 1970, UTC
    sender integer not null,
    receiver integer not null,
    amount bigint not null,         -- minor units of the currency, never negative
    currency varchar not null,
    reference varchar,
    purpose varchar,
    sender_bank varchar,
    receiver_bank varchar,
    duplicate boolean not null      -- equal in every column to an earlier row of its file
);

create table row_report (           -- at most a bounded number a file and reason; counts are in source_file
    file smallint not null,
    row bigint not null,            -- 0 where the whole file is meant
    reason varchar not null,
    action varchar not null,
    detail varchar not null,
    count bigint not null
);

create table entity (
    file smallint not null,
    row bigint not null,
    id varchar not null,
    schema varchar not null,
    properties json not null
);

create table opening_balance (
    file smallint not null,
    row bigint not null,
    account integer not null,
    amount bigint not null,
    currency varchar not null
);

create table leg (                  -- a row that is another record's other leg: left out, unless overruled
    file smallint not null,
    row bigint not null,
    kept_file smallint not null,
    kept_row bigint not null,
    rule varchar not null,
    overruled boolean not null
);

create table completion (           -- accounts of a kept record that only its other leg knows
    file smallint not null,
    row bigint not null,
    sender integer not null,
    receiver integer not null
);

create view counted_transfer as     -- each payment once, with the accounts that its legs know
select transfer.* replace (
    coalesce(completion.sender, transfer.sender) as sender,
    coalesce(completion.receiver, transfer.receiver) as receiver
)
from transfer
left join completion on completion.file = transfer.file and completion.row = transfer.row
where not exists (
    select 1 from leg where leg.file = transfer.file and leg.row = transfer.row and not leg.overruled
);

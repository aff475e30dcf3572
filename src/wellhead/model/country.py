"""Countries: what registers and ledgers call them → ISO 3166 alpha-2, and what the reader is shown.

The display names are short English ones. A code says nothing about recognition: it repeats what the
source states. Names that fit two states ("Korea") stay unknown.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Entries are parted by "|": alpha-2, alpha-3, display name, then further names after "=".
# ISO 3166-1 as of 2026; XK is user-assigned (European Commission, World Bank); EU and UN are reserved.
_CURRENT = """
AD AND Andorra|AE ARE United Arab Emirates=UAE=Emirates|AF AFG Afghanistan|AG ATG Antigua and Barbuda
AI AIA Anguilla|AL ALB Albania|AM ARM Armenia|AO AGO Angola|AQ ATA Antarctica|AR ARG Argentina
AS ASM American Samoa|AT AUT Austria|AU AUS Australia|AW ABW Aruba|AX ALA Åland Islands=Aland
AZ AZE Azerbaijan|BA BIH Bosnia and Herzegovina=Bosnia=Bosnia-Hercegovina|BB BRB Barbados|BD BGD Bangladesh
BE BEL Belgium|BF BFA Burkina Faso|BG BGR Bulgaria|BH BHR Bahrain|BI BDI Burundi|BJ BEN Benin
BL BLM Saint Barthélemy|BM BMU Bermuda|BN BRN Brunei=Brunei Darussalam
BO BOL Bolivia=Bolivia, Plurinational State of=Plurinational State of Bolivia
BQ BES Bonaire, Sint Eustatius and Saba=Caribbean Netherlands|BR BRA Brazil|BS BHS Bahamas|BT BTN Bhutan
BV BVT Bouvet Island|BW BWA Botswana|BY BLR Belarus|BZ BLZ Belize|CA CAN Canada
CC CCK Cocos (Keeling) Islands=Cocos Islands
CD COD DR Congo=Congo, Democratic Republic of the=Democratic Republic of the Congo
~=Congo-Kinshasa=DRC
CF CAF Central African Republic|CG COG Congo-Brazzaville=Congo=Republic of the Congo=Congo, Republic of the
CH CHE Switzerland=Swiss Confederation|CI CIV Côte d'Ivoire=Ivory Coast|CK COK Cook Islands|CL CHL Chile
CM CMR Cameroon|CN CHN China=People's Republic of China=PRC=Mainland China|CO COL Colombia|CR CRI Costa Rica
CU CUB Cuba|CV CPV Cabo Verde=Cape Verde|CW CUW Curaçao|CX CXR Christmas Island|CY CYP Cyprus
CZ CZE Czechia=Czech Republic|DE DEU Germany=Federal Republic of Germany|DJ DJI Djibouti|DK DNK Denmark
DM DMA Dominica|DO DOM Dominican Republic|DZ DZA Algeria|EC ECU Ecuador|EE EST Estonia
EG EGY Egypt=Arab Republic of Egypt=Egypt, Arab Rep.|EH ESH Western Sahara|ER ERI Eritrea|ES ESP Spain
ET ETH Ethiopia|FI FIN Finland|FJ FJI Fiji|FK FLK Falkland Islands=Falkland Islands (Malvinas)
FM FSM Micronesia=Micronesia, Federated States of=Federated States of Micronesia|FO FRO Faroe Islands
FR FRA France|GA GAB Gabon
GB GBR United Kingdom=UK=Great Britain=Britain=England=Scotland=Wales=Northern Ireland
~=United Kingdom of Great Britain and Northern Ireland
GD GRD Grenada|GE GEO Georgia|GF GUF French Guiana|GG GGY Guernsey|GH GHA Ghana|GI GIB Gibraltar
GL GRL Greenland|GM GMB Gambia|GN GIN Guinea|GP GLP Guadeloupe|GQ GNQ Equatorial Guinea
GR GRC Greece=Hellenic Republic|GS SGS South Georgia and the South Sandwich Islands|GT GTM Guatemala
GU GUM Guam|GW GNB Guinea-Bissau|GY GUY Guyana|HK HKG Hong Kong=Hong Kong SAR=Hong Kong SAR, China
HM HMD Heard Island and McDonald Islands=Heard and McDonald Islands|HN HND Honduras|HR HRV Croatia
HT HTI Haiti|HU HUN Hungary|ID IDN Indonesia|IE IRL Ireland=Republic of Ireland|IL ISR Israel
IM IMN Isle of Man|IN IND India|IO IOT British Indian Ocean Territory|IQ IRQ Iraq
IR IRN Iran=Iran, Islamic Republic of=Islamic Republic of Iran|IS ISL Iceland|IT ITA Italy|JE JEY Jersey
JM JAM Jamaica|JO JOR Jordan=Hashemite Kingdom of Jordan|JP JPN Japan|KE KEN Kenya
KG KGZ Kyrgyzstan=Kyrgyz Republic|KH KHM Cambodia|KI KIR Kiribati|KM COM Comoros
KN KNA Saint Kitts and Nevis|KP PRK North Korea=Korea, Democratic People's Republic of=DPRK
~=Democratic People's Republic of Korea
KR KOR South Korea=Korea, Republic of=Republic of Korea|KW KWT Kuwait=State of Kuwait
KY CYM Cayman Islands|KZ KAZ Kazakhstan|LA LAO Laos=Lao People's Democratic Republic=Lao PDR
LB LBN Lebanon|LC LCA Saint Lucia|LI LIE Liechtenstein|LK LKA Sri Lanka|LR LBR Liberia|LS LSO Lesotho
LT LTU Lithuania|LU LUX Luxembourg|LV LVA Latvia|LY LBY Libya=Libyan Arab Jamahiriya|MA MAR Morocco
MC MCO Monaco|MD MDA Moldova=Moldova, Republic of=Republic of Moldova|ME MNE Montenegro
MF MAF Saint Martin=Saint Martin (French part)|MG MDG Madagascar|MH MHL Marshall Islands
MK MKD North Macedonia=Macedonia=FYROM=Former Yugoslav Republic of Macedonia
~=Macedonia, the former Yugoslav Republic of|ML MLI Mali|MM MMR Myanmar=Burma
MN MNG Mongolia|MO MAC Macao=Macau=Macao SAR|MP MNP Northern Mariana Islands|MQ MTQ Martinique
MR MRT Mauritania|MS MSR Montserrat|MT MLT Malta|MU MUS Mauritius|MV MDV Maldives|MW MWI Malawi
MX MEX Mexico|MY MYS Malaysia|MZ MOZ Mozambique|NA NAM Namibia|NC NCL New Caledonia|NE NER Niger
NF NFK Norfolk Island|NG NGA Nigeria|NI NIC Nicaragua|NL NLD Netherlands=Holland
~=Netherlands, Kingdom of the=Kingdom of the Netherlands
NO NOR Norway|NP NPL Nepal|NR NRU Nauru=Naoero|NU NIU Niue|NZ NZL New Zealand|OM OMN Oman
PA PAN Panama|PE PER Peru|PF PYF French Polynesia|PG PNG Papua New Guinea|PH PHL Philippines
PK PAK Pakistan|PL POL Poland|PM SPM Saint Pierre and Miquelon|PN PCN Pitcairn=Pitcairn Islands
PR PRI Puerto Rico|PS PSE Palestine=Palestine, State of=State of Palestine=Palestinian Territories
~=Occupied Palestinian Territory=West Bank and Gaza|PT PRT Portugal|PW PLW Palau|PY PRY Paraguay
QA QAT Qatar=State of Qatar|RE REU Réunion|RO ROU Romania|RS SRB Serbia
RU RUS Russia=Russian Federation|RW RWA Rwanda|SA SAU Saudi Arabia=Kingdom of Saudi Arabia=KSA
SB SLB Solomon Islands|SC SYC Seychelles|SD SDN Sudan|SE SWE Sweden|SG SGP Singapore
SH SHN Saint Helena, Ascension and Tristan da Cunha=Saint Helena|SI SVN Slovenia
SJ SJM Svalbard and Jan Mayen|SK SVK Slovakia=Slovak Republic|SL SLE Sierra Leone|SM SMR San Marino
SN SEN Senegal|SO SOM Somalia|SR SUR Suriname|SS SSD South Sudan|ST STP São Tomé and Príncipe
SV SLV El Salvador|SX SXM Sint Maarten=Sint Maarten (Dutch part)|SY SYR Syria=Syrian Arab Republic
SZ SWZ Eswatini=Swaziland|TC TCA Turks and Caicos Islands|TD TCD Chad
TF ATF French Southern Territories|TG TGO Togo|TH THA Thailand|TJ TJK Tajikistan|TK TKL Tokelau
TL TLS Timor-Leste=East Timor|TM TKM Turkmenistan|TN TUN Tunisia|TO TON Tonga|TR TUR Türkiye=Turkey
TT TTO Trinidad and Tobago|TV TUV Tuvalu|TW TWN Taiwan=Taiwan, Province of China=Republic of China
TZ TZA Tanzania=Tanzania, United Republic of=United Republic of Tanzania|UA UKR Ukraine|UG UGA Uganda
UM UMI U.S. Outlying Islands=United States Minor Outlying Islands
US USA United States=United States of America|UY URY Uruguay|UZ UZB Uzbekistan
VA VAT Holy See=Vatican=Vatican City=Holy See (Vatican City State)|VC VCT Saint Vincent and the Grenadines
VE VEN Venezuela=Venezuela, Bolivarian Republic of=Bolivarian Republic of Venezuela
VG VGB British Virgin Islands=Virgin Islands, British=BVI
VI VIR U.S. Virgin Islands=Virgin Islands, U.S.=US Virgin Islands|VN VNM Vietnam=Viet Nam|VU VUT Vanuatu
WF WLF Wallis and Futuna|WS WSM Samoa|YE YEM Yemen=Republic of Yemen|YT MYT Mayotte|ZA ZAF South Africa
ZM ZMB Zambia|ZW ZWE Zimbabwe|XK XKX Kosovo|EU EUE European Union|UN UNO United Nations
"""
# Withdrawn codes stay as they are: which state succeeds is a judgement that the source did not make.
_WITHDRAWN = """
AN ANT Netherlands Antilles|BU BUR Burma (until 1989)|CS SCG Serbia and Montenegro or Czechoslovakia
~=Serbia and Montenegro=Czechoslovakia|DD DDR East Germany=German Democratic Republic
FX FXX Metropolitan France|NT NTZ Neutral Zone|SU SUN Soviet Union=USSR|TP TMP East Timor (until 2002)
YD YMD South Yemen=Democratic Yemen|YU YUG Yugoslavia|ZR ZAR Zaire
"""
# Codes that others use for the same place: European Union style, older alpha-3, FollowTheMoney's own.
_OTHER_CODES = {
    "UK": "GB", "EL": "GR", "ROM": "RO", "CSK": "CS", "KOS": "XK", "XKO": "XK", "SUHH": "SU", "YUCS": "YU",
    "CSHH": "CS", "CSXX": "CS", "DDDE": "DD", "X-SO": "GE", "AC": "SH", "TA": "SH", "CP": "FR", "CQ": "GG",
    "DG": "IO", "IC": "ES",
}  # fmt: skip
# "Democratic" and "People's" are no mere ornament: they tell two Congos and two Koreas apart.
_STATE_FORMS = (
    "republic of", "kingdom of", "islamic republic of", "federal republic of", "principality of",
    "sultanate of", "grand duchy of",
)  # fmt: skip


def alpha2(text: str) -> str:
    """ISO 3166 alpha-2 (upper case) of a code in either case or an English name; "" where unknown.

    ``"sgp"``, ``"SG"``, ``"Singapore"`` → ``"SG"``. Subdivisions and FollowTheMoney's codes of disputed
    territories (``gb-sct``, ``ua-cri``) go to the country under which ISO 3166-2 lists them.
    """
    return _lookup(text) if len(text) <= 100 else ""


def name(code: str) -> str:
    """The short English name of an alpha-2 code; "unknown" for "", the code itself where it has none."""
    return _NAMES.get(code, code) if code else "unknown"


def codes() -> tuple[str, ...]:
    """Every current alpha-2 code, in order: ISO 3166-1's 249 and XK."""
    return tuple(sorted(code for code, _, _ in _entries(_CURRENT) if code not in ("EU", "UN")))


def _entries(table: str) -> list[tuple[str, str, list[str]]]:
    joined = table.strip().replace("\n~", "").replace("\n", "|")
    rows = (entry.split(" ", 2) for entry in joined.split("|"))
    return [(two, three, names.split("=")) for two, three, names in rows]


def _key(text: str) -> str:
    """Letters and digits alone, without case, accents and "the"; "&" and "St." spelled out."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    words = "".join(c if c.isalnum() else " " for c in plain.replace("&", " and ").replace("'", "")).split()
    return " ".join("saint" if word == "st" else word for word in words if word != "the")


_NAMES: dict[str, str] = {}
_BY_CODE: dict[str, str] = {}
_BY_NAME: dict[str, str] = {}
for _two, _three, _names in _entries(_WITHDRAWN) + _entries(_CURRENT):
    _NAMES[_two] = _names[0]
    _BY_CODE |= {_two: _two, _three: _two}
    _BY_NAME |= {_key(each): _two for each in _names}
_BY_CODE |= _OTHER_CODES


@lru_cache(maxsize=4096)
def _lookup(text: str) -> str:
    code = text.strip().upper()
    if code in _BY_CODE:
        return _BY_CODE[code]
    head, dash, tail = code.partition("-")
    if dash and len(head) == 2 and 0 < len(tail) <= 4 and head in _BY_CODE:
        return _BY_CODE[head]
    key = _key(text)
    if key in _BY_NAME:
        return _BY_NAME[key]
    bare = next((key.removeprefix(f"{form} ") for form in _STATE_FORMS if key.startswith(f"{form} ")), "")
    return _BY_NAME.get(bare, "")

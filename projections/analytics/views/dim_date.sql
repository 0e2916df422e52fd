create view {schema}.dim_date as
select
    day::date                          as date,
    extract(year from day)::int        as year,
    extract(quarter from day)::int     as quarter,
    extract(month from day)::int       as month,
    extract(isodow from day)::int      as weekday,
    extract(isoyear from day)::int     as iso_year,
    extract(week from day)::int        as iso_week,
    date_trunc('week', day)::date      as week
from generate_series(timestamp '2020-01-01', timestamp '2040-12-31', interval '1 day') as day;

comment on view {schema}.dim_date is 'One row for each day from 2020 to 2040';
comment on column {schema}.dim_date.date is 'The day; join local dates with it';
comment on column {schema}.dim_date.year is 'Its year';
comment on column {schema}.dim_date.quarter is 'Its quarter, 1 to 4';
comment on column {schema}.dim_date.month is 'Its month, 1 to 12';
comment on column {schema}.dim_date.weekday is 'Its ISO weekday, 1 (Monday) to 7';
comment on column {schema}.dim_date.iso_year is 'The year its ISO week belongs to';
comment on column {schema}.dim_date.iso_week is 'Its ISO week, 1 to 53';
comment on column {schema}.dim_date.week is 'The Monday of its ISO week';

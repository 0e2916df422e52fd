-- The envelope of an event, to the byte as its content hash was made of it (events.log.content_hash):
-- content_hash = sha256(convert_to(daybook.envelope(event), 'utf8') || '\x0a' || data).

create function daybook.envelope(event daybook.event) returns text
language sql stable parallel safe as $$
    select concat(
        '[', to_json(event.type), ',', event.version, ',', array_to_json(event.tags), ',"',
        to_char(event.decided_at at time zone 'UTC',
                case when date_trunc('second', event.decided_at) = event.decided_at
                     then 'YYYY-MM-DD"T"HH24:MI:SS"Z"' else 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"' end),
        '","', event.command_id, '",', to_json(event.actor), ',"', event.correlation_id, '",',
        coalesce('"' || event.causation_id || '"', 'null'), ',', coalesce(to_json(event.trace)::text, 'null'), ']')
$$;

-- What a command said in a text field of its body, null where it said nothing. The body is JSON as this program writes it,
-- without spaces; inside a value a quote is escaped, so none can pass for a field. No body makes it fail: it is evaluated
-- by the append, for the indexes of refusals.

create function daybook.said(body bytea, field text) returns text
language sql immutable strict parallel safe as
$$ select substring(encode(body, 'escape') from '"' || field || '":"([^"\\]*)"') $$;

-- an id that was drawn is found as it stands: it needs no word of its own
DELETE FROM client_terms WHERE term = lower(client_id) AND client_id LIKE 'client!_%' ESCAPE '!';

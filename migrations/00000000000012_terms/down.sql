INSERT INTO client_terms (term, client_id)
SELECT lower(id), id FROM clients WHERE id LIKE 'client!_%' ESCAPE '!';

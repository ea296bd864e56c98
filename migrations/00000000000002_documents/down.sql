DROP TABLE assertions;
DROP TABLE document_hosts;
DROP TABLE documents;

DROP TABLE resource_calls;
DROP TABLE vouched_grants;

DROP TABLE vouched_grants;

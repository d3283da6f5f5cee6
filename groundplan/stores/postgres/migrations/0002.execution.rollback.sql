drop table ledger, runs;
drop function groundplan_fence(text[], integer[]);

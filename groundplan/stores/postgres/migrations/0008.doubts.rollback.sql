drop index ledger_in_doubt;
alter table ledger alter column tokens type integer using least(tokens, 2147483647);

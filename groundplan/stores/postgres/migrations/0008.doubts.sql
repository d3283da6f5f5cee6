-- depends: 0007.past_tokens
-- Doubts are few, and looked for over all runs; a line may count more tokens than an integer holds.

alter table ledger alter column tokens type bigint;
create index ledger_in_doubt on ledger (run_id, task_id, attempt) where kind = 'in_doubt';

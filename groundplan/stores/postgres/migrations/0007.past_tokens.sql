-- depends: 0006.past_tasks
-- A task may use more tokens than an integer holds; one that did ended learning for good.

alter table past_tasks alter column tokens type bigint;

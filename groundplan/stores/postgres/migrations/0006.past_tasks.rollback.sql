drop index runs_to_learn_from;
alter table runs drop column is_learned;
drop table past_tasks;

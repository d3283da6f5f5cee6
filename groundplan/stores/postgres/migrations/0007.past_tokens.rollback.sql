alter table past_tasks alter column tokens type integer using least(tokens, 2147483647);

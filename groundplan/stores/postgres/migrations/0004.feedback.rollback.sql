drop table evaluations, issues, feedback;

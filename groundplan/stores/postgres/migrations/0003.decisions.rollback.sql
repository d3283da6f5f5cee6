alter table approvals drop column signature;
alter table approvals drop column led_to;

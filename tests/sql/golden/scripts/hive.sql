-- variables and commands
SET hivevar:tab=orders;
SET hive.exec.dynamic.partition=true;
!sh ls;
ADD JAR x.jar;
source other.hql;
INSERT INTO TABLE report SELECT id FROM ${hivevar:tab} WHERE placed = '${hiveconf:day}';
INSERT OVERWRITE TABLE ${db}.report PARTITION (ds='${day}') SELECT id, ${n} FROM ${tab}

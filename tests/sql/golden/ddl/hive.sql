-- EXCHANGE PARTITION
ALTER TABLE events EXCHANGE PARTITION (kind = 'x') WITH TABLE events

-- partition columns belong to the table
CREATE TABLE made (a int) PARTITIONED BY (b string); SELECT a, b FROM made

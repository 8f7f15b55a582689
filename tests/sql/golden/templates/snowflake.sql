-- a snapshot
{% snapshot orders_snapshot %}
{{ config(strategy='timestamp', unique_key='id') }}
SELECT * FROM {{ source('shop', 'orders') }}
{% endsnapshot %}

-- names that are put together
INSERT INTO {{ target.schema }}.report_{{ env }} (a) SELECT id FROM orders_{{ ds_nodash }}

-- Airflow
DELETE FROM report WHERE placed = '{{ ds }}';
INSERT INTO report (a, b) SELECT id, {{ params.x }} FROM orders WHERE placed BETWEEN '{{ prev_ds }}' AND '{{ ds }}'

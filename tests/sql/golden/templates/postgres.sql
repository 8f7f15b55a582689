-- a model of dbt
{{ config(materialized='incremental', unique_key='id') }}
{# a comment; with {{ ref('x') }} #}
SELECT o.id, o.total, c.name
FROM {{ ref('orders') }} AS o
JOIN {{ source('crm', 'customers') }} AS c ON c.id = o.customer_id
{% if is_incremental() %}
WHERE o.placed > (SELECT max(placed) FROM {{ this }})
{% endif %}

-- values, names and strings
SELECT id, '{{ run_started_at }}' AS at, {{ var('n', 5) }} AS n, total * {{ factor }} AS t
FROM {{ schema }}.orders
WHERE status = '{{ var("status") }}' AND id > {{ var("from") }} LIMIT {{ limit }}

-- two branches
SELECT id,
{% if target.name == 'dev' %} total {% else %} total * 2 {% endif %} AS amount
FROM orders

-- two branches that stand together
{% if full %}
SELECT id FROM orders
{% else %}
SELECT name FROM customers
{% endif %}

-- a loop
SELECT id
{% for s in ['a', 'b'] %}
, sum(CASE WHEN status = '{{ s }}' THEN total END) AS total_{{ s }}
{% endfor %}
FROM orders GROUP BY id

-- set, macros, packages
{% set tab = 'orders' %}
{% macro twice(x) %} {{ x }} * 2 {% endmacro %}
{% set names %} a, b {% endset %}
SELECT {{ dbt_utils.star(from=ref('orders')) }} FROM {{ tab }} JOIN {{ ref('pkg', 'items') }} i ON i.order_id = orders.id

-- statements before and behind
{{ pre_hook() }}
SELECT id FROM {{ ref("orders") }};
SELECT name FROM {{ ref("customers") -}} ;

-- branches behind WITH belong to one statement
WITH a AS (SELECT id, name FROM customers)
{% set x = 1 %}
{% if full %}
SELECT id FROM a
{% else %}
SELECT name FROM a
{% endif %}

-- branches that are statements, with values in them
SELECT id FROM orders;
{% if full %} DELETE FROM report WHERE a = {{ x }}; {% elif half %} TRUNCATE report; {% endif %}
SELECT name FROM customers

-- words that are parts of names keep what is around them
select sum(total) as {{ s }}_total, 'a_{{ s }}_b' as x_{{s}}__y from {{ ref('orders') }}

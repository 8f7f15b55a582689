{{ config(materialized='table') }}
select c.customer_id, c.customer, count(*) as orders, sum(o.amount) as revenue
from {{ ref('stg_customers') }} c
join {{ ref('stg_orders') }} o on o.customer_id = c.customer_id
where c.country <> 'XX'
group by c.customer_id, c.customer

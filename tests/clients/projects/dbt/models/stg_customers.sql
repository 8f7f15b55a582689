select id as customer_id, trim(name) as customer, country from {{ ref('raw_customers') }}

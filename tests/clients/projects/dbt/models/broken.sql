{{ config(enabled=(var('break', 'no') in ('yes', true))) }}
select customer_id, no_such_column from {{ ref('stg_orders') }}

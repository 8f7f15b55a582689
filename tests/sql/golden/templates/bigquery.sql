-- names within quotes
SELECT id FROM `{{ project }}.shop.orders`;
SELECT id FROM `orders` WHERE kind IN ({{ kinds | join(',') }});
SELECT {% if a %} id {% elif b %} total {% else %} status {% endif %} AS x FROM `orders`

-- a template that is broken
SELECT id FROM {{ ref('orders') FROM x;
SELECT id FROM orders {% if %}

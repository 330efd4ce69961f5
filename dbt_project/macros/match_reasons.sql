{#- Why the CRM knows a buyer of the ERP or does not: reason, whether it is a match, in words. -#}
{% macro match_reasons() %}
    {{ return([
        ('same_email', true, 'the same e-mail address as typed'),
        ('hand', true, 'linked by hand'),
        ('cross_reference', true, 'one record names the other'),
        ('login', true, 'logged in with the account'),
        ('national_id', true, 'the same national id'),
        ('tax_id', true, 'the same tax id'),
        ('email', true, 'the same e-mail address in normal form'),
        ('phone', true, 'the same phone number'),
        ('workplace', true, 'the same names at the same company and place'),
        ('model', true, 'name, address and other fields agree'),
        ('other_records', true, 'through other records of the customer'),
        ('account', true, 'the CRM knows a contact or record of the company'),
        ('not_in_customer_list', false, 'orders name a number that no customer list has'),
        ('cut', false, 'a link to a CRM record was cut: the two contradict each other'),
        ('ambiguous', false, 'may be one of several CRM records, for instance of a household'),
        ('kept_apart', false, 'shares a key with a CRM record of somebody else'),
        ('shared_key', false, 'the key in common is shared by too many records'),
        ('below_threshold', false, 'resembles a CRM record, not enough'),
        ('email_differs', false, 'same name and birth date or postal code, no key in common'),
        ('no_key', false, 'neither e-mail address nor phone number that could be compared'),
        ('no_crm_record', false, 'no CRM record has anything in common'),
        ('no_customer_number', false, 'the order names no customer'),
    ]) }}
{% endmacro %}

"""Alert intake: from a stored body to alerts, and from alerts to incidents.

``inbox`` keeps bodies, ``drain`` claims them, ``sources`` read them, ``apply`` and ``episodes`` turn statements into
alerts, ``incidents`` does what the policy of a source asks of alerts, ``settle`` ends incidents that stayed quiet.
"""

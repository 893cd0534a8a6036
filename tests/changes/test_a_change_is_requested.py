def test_it_begins_as_a_draft(change):
    assert (change.status, change.reference[:4], change.version) == ("draft", "CRQ-", 1)

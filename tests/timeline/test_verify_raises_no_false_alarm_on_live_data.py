from incidents.commands import change_status
from tests.incidents.staging import opened
from timeline import verify as verification


def test_a_command_between_the_reading_of_rows_and_of_events_is_no_fault(org, anyone, monkeypatch):
    row = opened(anyone)
    read = verification.stored_belongings
    steps = iter(["acknowledged", "investigating", "identified"])

    def meanwhile(model, ids):
        # What another process may do after the rows and the events were read, and before the rows below them are.
        if step := next(steps, None):
            change_status(actor=anyone, incident=row, to=step)
            monkeypatch.setattr(verification, "stored_belongings", read)
        return read(model, ids)

    monkeypatch.setattr(verification, "stored_belongings", meanwhile)
    assert list(verification.verify(org)) == []

"""What the server answers to which address: pictures, people, questions and answers, and what follows."""

import bottle

from facepipe.page import after, pictures, shown
from facepipe.page.answers import Gone, decisions_of
from facepipe.page.asker import Asker
from facepipe.page.exchange import as_file, number_in_query, sent_values
from facepipe.page.keeper import Keeper
from facepipe.page.session import Busy, Said, Session


def add_pictures(app: bottle.Bottle, session: Session) -> None:
    """Pictures of known faces."""

    @app.get("/face/<face>.jpg")
    def face_picture(face: str) -> bytes:
        with session.reading():
            row = _row(session, face)
            folder, table = session.folder, session.labels.table
            names = session.written.get(face, ""), session.labels.names[row]
        return as_file(pictures.face_jpeg(folder, table, row, names), "image/jpeg")

    @app.get("/frame/<face>.jpg")
    def frame_picture(face: str) -> bytes:
        with session.reading():
            folder, frame_id = session.folder, session.labels.table.frame_id[_row(session, face)]
        return as_file(pictures.frame_jpeg(folder, frame_id), "image/jpeg")

    @app.get("/moving/<face>.mp4")
    def moving(face: str) -> bytes:
        with session.reading():
            folder, table, row = session.folder, session.labels.table, _row(session, face)
        return as_file(pictures.moving(folder, table, row), "video/mp4")


def add_people(app: bottle.Bottle, session: Session, asker: Asker) -> None:
    """Everybody, one person, one face."""
    sharp: dict[str, float] = {}  # by face: its pixels do not change

    @app.get("/api/people")
    def people() -> dict:
        _refresh(session)
        with session.reading():
            known = number_in_query("since") == session.version
            return shown.state(session, asker) if known else shown.overview(session, asker)

    @app.get("/api/person")
    def person() -> dict:
        with session.reading():
            name = bottle.request.query.getunicode("name", "")
            if name and name not in session.labels.rows:
                raise Gone(f"{name} is not among the people any more")
            return shown.person(session, name)

    @app.get("/api/face/<face>")
    def face(face: str) -> dict:
        with session.reading():
            return shown.face(session, _row(session, face))

    @app.get("/api/sharpness")
    def sharpness() -> dict:
        with session.reading():
            folder, labels = session.folder, session.labels
            rows = sorted(labels.rows.get(bottle.request.query.getunicode("name", ""), ()))
            places = {row: (session.written.get(labels.table.face_id[row], ""), labels.names[row]) for row in rows}
        for row in rows:
            face = labels.table.face_id[row]
            if face not in sharp:
                sharp[face] = pictures.sharpness(folder, labels.table, row, places[row])
        return {"sharpness": {labels.table.face_id[row]: round(sharp[labels.table.face_id[row]], 3) for row in rows}}


def add_answers(app: bottle.Bottle, session: Session, asker: Asker, keeper: Keeper) -> None:
    """Questions, and what is said."""

    def changed(said: Said, words: str = "") -> dict:
        keeper.touched()
        asker.look()
        with session.reading():
            return shown.changes(session, asker, said, words + said.words)

    @app.post("/api/say")
    def say() -> dict:
        answer = sent_values()
        return changed(session.say(lambda now: decisions_of(now.labels, answer)))

    @app.post("/api/undo")
    def undo() -> dict:
        return changed(session.undo(), "taken back: ")

    @app.get("/api/questions")
    def questions() -> dict:
        asker.look(number_in_query("left"))
        with session.reading():
            return shown.questions(
                session, asker, number_in_query("known"), bottle.request.query.getunicode("shown", "")
            )

    @app.post("/api/answer")
    def answer() -> dict:
        reply = sent_values()
        return changed(asker.answer(str(reply.get("question")), reply))

    @app.post("/api/skip")
    def skip() -> dict:
        asker.skip(str(sent_values().get("question")))
        with session.reading():
            return shown.state(session, asker)


def add_rest(app: bottle.Bottle, session: Session, asker: Asker, keeper: Keeper) -> None:
    """The files, another clustering, an export."""

    @app.post("/api/update")
    def update() -> dict:
        keeper.update_now()
        return state()

    @app.get("/api/state")
    def state() -> dict:
        with session.reading():
            return shown.state(session, asker)

    @app.get("/api/done")
    def done() -> dict:
        with session.reading():
            return {"history": shown.history(session), **after.choices(session)}

    @app.post("/api/export")
    def export() -> dict:
        return {"lines": after.export(session, sent_values())}

    @app.get("/api/anew")
    def proposed() -> dict:
        return after.proposed(session)

    @app.post("/api/anew")
    def anew() -> dict:
        session.make_anew()
        with session.reading():
            return shown.overview(session, asker)


def _row(session: Session, face: str) -> int:
    row = session.labels.row_of.get(face)
    if row is None:
        raise bottle.HTTPError(404)
    return row


def _refresh(session: Session) -> None:
    """Take over what others have changed; where one of them is still at work, it waits until the next time."""
    try:
        session.refresh()
    except Busy:
        return

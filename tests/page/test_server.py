"""The server: one person's browser on this machine, known pictures, one shape of error."""

import os
import shutil
import sys

import pytest
from reviewed import ask, served
from waiting import wait_for

from facepipe.errors import UsageError
from facepipe.page.answers import typed_name
from facepipe.page.guard import HEADERS, Guard
from facepipe.page.labels import Labels
from facepipe.page.server import Server
from facepipe.people.written import names_written
from facepipe.runs.opening import load_run


@pytest.fixture
def server(out):
    """A server of a run of two people, in this process."""
    with served(out) as server:
        yield server


@pytest.fixture
def get(server):
    def get(path, body=None, **headers):
        return ask(server.port, server.token, path, body, **headers)

    return get


def found(get) -> list[dict]:
    """The questions, once they are there."""

    def fresh():
        _, answer = get("/api/questions")
        return answer if answer["fresh"] else None

    return wait_for(fresh)["questions"]


# --- who may ask ------------------------------------------------------------------------------------------------------


def test_the_address_opens_the_page_and_its_cookie_all_else(server, get):
    status, page = get(f"/?token={server.token}", Cookie="", Origin="")
    assert status == 200 and b'id="first"' in page and server.token.encode() not in page
    assert get("/", Origin="")[0] == 200
    assert get("/static/app.js", Origin="")[0] == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": ""},
        {"Cookie": "facepipe-1=x"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_everybody_else_is_refused(get, headers):
    face = get("/api/people")[1]["people"][0]["cover"]
    for path in ("/", "/api/people", f"/face/{face}.jpg", "/static/app.js"):
        status, page = get(path, **headers)
        assert status in (400, 403) and face.encode() not in page
    say = {"say": "rename", "person": "person_001", "name": "Evil"}
    assert get("/api/say", say, **headers)[0] in (400, 403)
    assert {card["name"] for card in get("/api/people")[1]["people"]} == {"person_001", "person_002"}


def test_an_answer_without_an_origin_is_refused(get):
    assert get("/api/undo", {}, Origin="")[0] == 403


def test_a_wrong_token_opens_nothing(server, get):
    for token in ("", "x", server.token[:-1], server.token + "x", "%00", "%C3%BC"):
        status, page = get(f"/?token={token}", Cookie="", Origin="")
        assert (status, b"refused" in page) == (403, True)


def test_every_answer_forbids_what_the_page_does_not_need(server):
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    for path in (f"/?token={server.token}", "/", "/nothing"):
        connection.request("GET", path, headers={"Host": f"127.0.0.1:{server.port}"})
        answer = connection.getresponse()
        answer.read()
        assert {name: answer.getheader(name) for name in HEADERS} == HEADERS
        assert answer.getheader("Server") is None
    connection.close()
    assert HEADERS["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")


def test_the_cookie_is_for_this_page_alone(server):
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", f"/?token={server.token}")
    answer = connection.getresponse()
    assert answer.getheader("Set-Cookie") == f"facepipe-{server.port}={server.token}; HttpOnly; SameSite=Strict; Path=/"
    connection.close()


@pytest.mark.parametrize(
    "other",
    [
        'prefs={"a":1}',
        "nameless",
        "=v",
        "a b=c",
        'a="b',
        "n=Jos\u00e9",
        "k:[0]=v",
        "version=1",
        "path=x",
        "facepipe-1=x",
    ],
)
def test_the_cookie_is_found_beside_those_of_other_programs_of_this_machine(server, get, other):
    ours = f"facepipe-{server.port}={server.token}"
    for cookies in (f"{other}; {ours}", f"{ours}; {other}", f"facepipe-{server.port}=old; {other};{ours}"):
        assert get("/static/app.js", Cookie=cookies, Origin="")[0] == 200
    assert get("/static/app.js", Cookie=f"{other}; x{ours}; facepipe-{server.port}=", Origin="")[0] == 403


def test_browsers_do_not_name_the_port_of_http():
    def status(port: int, host: str) -> str:
        said = []
        guard = Guard(lambda environ, start: start("200 OK", []) or [], "secret", port, str.encode)
        cookie = f"facepipe-{port}=secret"
        asked = {"PATH_INFO": "/api/undo", "REQUEST_METHOD": "POST", "HTTP_COOKIE": cookie}
        guard({**asked, "HTTP_HOST": host, "HTTP_ORIGIN": f"http://{host}"}, lambda *reply: said.append(reply[0]))
        return said[0][:3]

    assert status(80, "127.0.0.1") == status(80, "localhost:80") == status(8080, "localhost:8080") == "200"
    assert status(8080, "127.0.0.1") == status(80, "127.0.0.1:8080") == status(80, "evil.example") == "403"


def test_it_listens_on_this_machine_only(server):
    with pytest.raises(UsageError, match=f"--port {server.port}: "):
        Server(server.session, server.port)
    assert server.address.startswith("http://127.0.0.1:")
    with pytest.raises(UsageError):
        Server(server.session, 70000)


# --- what is there ----------------------------------------------------------------------------------------------------


def test_pictures_are_those_of_known_faces(get):
    people = get("/api/people")[1]["people"]
    face = people[0]["cover"]
    for path in (f"/face/{face}.jpg", f"/frame/{face}.jpg"):
        status, data = get(path)
        assert status == 200 and data.startswith(b"\xff\xd8")
    for path in ("/face/nobody.jpg", "/frame/..%2f..%2frun.json.jpg", "/face/%2e%2e/run.json", "/static/..%2fserver.py",
                 "/run.json", "/static/../server.py", "/frame/run.json", "/moving/nobody.mp4"):  # fmt: skip
        assert get(path) == (404, {"kind": "gone", "error": "there is no such thing here"}), path


def test_a_face_is_cut_from_its_frame_where_its_crop_was_moved_away(server, get):
    face = get("/api/people")[1]["people"][0]["cover"]
    for path in (server.session.out / "people").rglob("*.jpg"):
        path.unlink()
    assert get(f"/face/{face}.jpg")[1].startswith(b"\xff\xd8")


def test_a_video_that_is_not_there_is_an_error_in_a_line(get):
    face = get("/api/people")[1]["people"][0]["cover"]
    status, answer = get(f"/moving/{face}.mp4")
    assert status == 500 and answer["kind"] == "failed" and "\n" not in answer["error"]


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="file names there are text")
def test_a_folder_whose_name_is_no_text_can_be_reviewed(made, tmp_path):
    with served(shutil.copytree(made, tmp_path / "r\udcff<b>")) as server:
        for path in ("/", "/api/done", "/api/people"):
            assert ask(server.port, server.token, path)[0] == 200


def test_everything_of_one_person(get):
    status, person = get("/api/person?name=person_001")
    assert status == 200 and len(person["faces"]) == len(person["doubt"]) == len(person["quality"]) == 8
    assert get("/api/person?name=")[1]["name"] == "" and get("/api/person?name=Anna")[0] == 409
    assert set(get("/api/sharpness?name=person_001")[1]["sharpness"]) == {*person["faces"]}
    face = get(f"/api/face/{person['faces'][0]}")[1]
    assert face["person"] == "person_001" and len(face["boxes"]) == 2 and face["size"] == [320, 240]
    assert all(0 <= side <= 1 for box in face["boxes"] for side in box["box"])


# --- what is said -----------------------------------------------------------------------------------------------------


def test_an_answer_says_what_it_changed(get):
    status, changes = get("/api/say", {"say": "rename", "person": "person_001", "name": "Anna"})
    assert status == 200 and changes["said"] == "person_001 is now called Anna (8 faces)"
    assert [(card["name"], card["faces"], card["named"]) for card in changes["people"]] == [
        ("Anna", 8, True),
        ("person_001", 0, False),
    ]
    assert changes["pending"]
    assert get("/api/undo", {})[1]["said"].startswith("taken back: person_001 is now called Anna")


@pytest.mark.parametrize(
    ("path", "body", "status", "kind"),
    [
        ("/api/say", {"say": "rename", "person": "person_001", "name": "person_002"}, 409, "taken"),
        ("/api/say", {"say": "rename", "person": "nobody", "name": "Anna"}, 409, "gone"),
        ("/api/say", {"say": "rename", "person": "person_001", "name": "\u200b \u200d\u0301"}, 400, "wrong"),
        ("/api/say", {"say": "nothing"}, 400, "wrong"),
        ("/api/say", [], 400, "wrong"),
        ("/api/answer", {"question": "none"}, 409, "gone"),
        ("/api/undo", {}, 400, "wrong"),
        ("/api/export", {"format": "yolo", "folder": "../x"}, 400, "wrong"),
        ("/api/export", {"format": "mp3", "folder": "x"}, 400, "wrong"),
        ("/api/nothing", {}, 404, "gone"),
    ],
)
def test_errors_have_one_shape(get, path, body, status, kind):
    found, answer = get(path, body)
    assert (found, answer["kind"]) == (status, kind) and answer["error"] and "\n" not in answer["error"]


def test_two_pages_see_each_other(get):
    before = get("/api/people")[1]["version"]
    get("/api/say", {"say": "rename", "person": "person_001", "name": "Anna"})
    answer = get(f"/api/people?since={before}")[1]
    assert "Anna" in {card["name"] for card in answer["people"]}
    assert "people" not in get(f"/api/people?since={answer['version']}")[1]


def test_an_answer_says_since_when_it_tells_all(get):
    before = get("/api/state")[1]["version"]
    first, second = (get("/api/say", {"say": "rename", "person": "person_001", "name": name})[1] for name in ("A", "A"))
    assert (first["since"], first["version"]) == (before, before + 1)
    third = get("/api/say", {"say": "rename", "person": "A", "name": "\u200bB\u200b"})[1]
    assert second["kind"] == "gone" and (third["since"], third["version"]) == (before + 1, before + 2)
    assert {card["name"] for card in third["people"]} == {"A", "B"}
    state = get("/api/state")[1]
    assert state["since"] == state["version"] == before + 2


def test_whoever_has_a_letter_that_cannot_be_seen_can_still_be_meant(made):
    folder = load_run(made)
    names = {face: "An\u200bna" if name == "person_001" else name for face, name in names_written(folder).items()}
    labels = Labels(folder.table(), names)
    assert [typed_name(labels, text) for text in ("An\u200bna", "Be\u200bn")] == ["An\u200bna", "Ben"]


def test_questions_are_asked_answered_and_skipped(get):
    (question,) = [one for one in found(get) if one["kind"] == "name"][:1]
    status, changes = get("/api/answer", {"question": question["id"], "reply": "name", "name": "Anna"})
    assert status == 200 and changes["said"].endswith("is now called Anna (8 faces)")
    left = found(get)
    assert question["id"] not in {one["id"] for one in left}
    assert get("/api/answer", {"question": question["id"], "reply": "name", "name": "Anna"})[1]["kind"] == "gone"
    get("/api/skip", {"question": left[0]["id"]})
    assert left[0]["id"] not in {one["id"] for one in found(get)}
    for reply in ({"reply": "perhaps"}, {"reply": "place", "place": {"x": 1}}, {"reply": "name", "name": ""}):
        assert get("/api/answer", {"question": left[-1]["id"], **reply})[0] == 400


def test_the_files_are_written_when_somebody_asks(server, get):
    get("/api/say", {"say": "rename", "person": "person_001", "name": "Anna"})
    get("/api/update", {})
    wait_for(lambda: not get("/api/state")[1]["pending"])
    assert (server.session.out / "people" / "Anna").is_dir()


def test_what_was_done_says_what_was_taken_back(server, get):
    rename = {"say": "rename", "person": "person_001"}
    get("/api/say", {**rename, "name": "Anna"})
    get("/api/undo", {})
    get("/api/say", {**rename, "name": "Ben"})
    last, first = get("/api/done")[1]["history"]
    assert "Ben" in last["words"] and not last["undone"]
    assert "Anna" in first["words"] and first["undone"]
    with served(server.session.out) as again:
        ask(again.port, again.token, "/api/undo", {})
        (only,) = ask(again.port, again.token, "/api/done")[1]["history"]
        assert "Ben" in only["words"] and only["undone"], "of an earlier review, but taken back in this one"


def test_an_export_lies_beside_the_run(server, get):
    get("/api/say", {"say": "rename", "person": "person_001", "name": "Anna"})
    assert get("/api/done")[1]["folder"] == "out_export"
    status, answer = get("/api/export", {"format": "csv", "folder": "mine", "min_quality": 0.1})
    assert status == 200 and "18 faces" not in answer["lines"][0]
    assert "Anna" in (server.session.out.parent / "mine" / "faces.csv").read_text(encoding="utf-8")


def test_another_clustering_says_what_it_would_change(get):
    status, answer = get("/api/anew")
    assert status == 200 and answer["lines"][0].endswith(f"{answer['faces']} faces moved")

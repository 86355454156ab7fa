"""The boards and folders of a Grafana, through its HTTP API (releases 9 to 13)."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from sothat.live.reading.http import Api, ServerFailed
from sothat.live.state import BoardState, FolderState

_PAGE = 1_000
_MOST_PAGES = 50
_OURS = "sothat"
# Grafana's numbers of what may be done.
LEVELS: Mapping[int, str] = {1: "View", 2: "Edit", 4: "Admin"}


def boards_of(api: Api, wanted: Collection[str]) -> dict[str, BoardState]:
    """Return the boards that are wanted or bear our tag, by uid.

    Raises:
        Unusable: Grafana does not tell.
    """
    return boards_named(api, {*wanted, *_tagged(api)})


def boards_named(api: Api, uids: Collection[str]) -> dict[str, BoardState]:
    """Return those of the boards that there are, by uid.

    Raises:
        Unusable: Grafana does not tell.
    """
    found = (_board(api, uid) for uid in sorted(uids))
    return {board.uid: board for board in found if board}


def _tagged(api: Api) -> Iterator[str]:
    for page in range(1, _MOST_PAGES):
        rows = api.get("/api/search", type="dash-db", tag=_OURS, limit=_PAGE, page=page)
        if not isinstance(rows, list):
            raise api.odd("its search gives no list")
        yield from (str(row["uid"]) for row in rows if row.get("uid"))
        if len(rows) < _PAGE:
            return


def _board(api: Api, uid: str) -> BoardState | None:
    try:
        answer = api.get(f"/api/dashboards/uid/{quote(uid, safe='')}")
        content, meta = answer["dashboard"], answer["meta"]
        return BoardState(
            uid=uid,
            title=str(content.get("title", uid)),
            folder=str(meta.get("folderUid") or ""),
            content=content,
            version=int(content.get("version") or 0),
            by_file=bool(meta.get("provisioned")),
            origin=_origin(meta),
        )
    except ServerFailed as failed:
        if failed.missing:
            return None
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise api.odd(f"it shows no board {uid}") from error


def _origin(meta: Mapping[str, Any]) -> str:
    """Return when a board was changed, and by whom."""
    words = (str(meta.get("updated") or ""), str(meta.get("updatedBy") or ""))
    return " by ".join(word for word in words if word)


def folders_of(api: Api, wanted: Collection[str]) -> dict[str, FolderState]:
    """Return those of the folders that there are, with who may see them.

    Raises:
        Unusable: Grafana does not tell.
    """
    found = {}
    for uid in wanted:
        try:
            answer = api.get(f"/api/folders/{quote(uid, safe='')}")
            title = str(answer["title"])
        except ServerFailed as failed:
            if failed.missing:
                continue
            raise
        except (KeyError, TypeError) as error:
            raise api.odd(f"it shows no folder {uid}") from error
        found[uid] = FolderState(uid, title, permissions_of(api, uid))
    return found


def permissions_of(api: Api, uid: str) -> Mapping[str, str] | None:
    """Return what the basic roles may do in a folder; None where we may not know."""
    try:
        rows = api.get(f"/api/folders/{quote(uid, safe='')}/permissions")
        pairs = ((str(row["role"]), row["permission"]) for row in rows if row.get("role"))
        found = {role: LEVELS[int(level)] for role, level in pairs}
    except ServerFailed as failed:
        if failed.status:
            return None
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise api.odd(f"it shows no permissions of the folder {uid}") from error
    # Administrators may do everything, whether it is written down or not.
    return {role: level for role, level in found.items() if role != "Admin"}

"""Flows and jobs as WhereHows names them (an application, a flow's path, a job's name), to Refs and back."""

from strabo.api.wherehows.urns import UNMAPPED, Naming
from strabo.errors import BadRecord
from strabo.model.ref import Ref


def app_namespace(name: str, app_id: int, names: Naming = UNMAPPED) -> str:
    """The namespace of an application's jobs: as configured, else its name, else `app-301`.

    Raises BadRecord when neither a name nor an id is there.
    """
    for key in (name, str(app_id) if app_id else ""):
        if key and key in names.apps:
            return names.apps[key]
    if not name and not app_id:
        raise BadRecord(
            "no application: app_name and app_id are both missing", where="app_name", fix="say which scheduler runs it"
        )
    return name or f"app-{app_id}"


def flow_ref(app: str, flow_path: str) -> Ref:
    return Ref(app, flow_path)


def job_ref(app: str, flow_path: str, job_name: str) -> Ref:
    """`project:flow/job`, as Azkaban writes the path of a job. Without a flow it is the job's name alone, without a
    job the flow itself. A job's name that holds a slash or a double quote is put in double quotes: no two share one.
    """
    if not flow_path:
        return Ref(app, job_name)
    return Ref(app, f"{flow_path}/{_quoted(job_name)}" if job_name else flow_path)


def split_job(name: str) -> tuple[str, str]:
    """The flow's path and the job's name in the name of a Ref: the inverse of `job_ref`. No flow: ("", name)."""
    if name.endswith('"'):
        start = _opening(name)
        if start > 0 and name[start - 1] == "/":
            return name[: start - 1], name[start + 1 : -1].replace('""', '"')
    flow, _, job = name.rpartition("/")
    return flow, job


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if "/" in name or '"' in name else name


def _opening(name: str) -> int:
    """Where the double quotes open that the last character closes; -1 if nowhere. Those within come in pairs."""
    at = len(name) - 1
    while at > 0:
        at -= 1
        if name[at] != '"':
            continue
        end = at
        while at > 0 and name[at - 1] == '"':
            at -= 1
        if (end - at) % 2 == 0:  # an odd number of them
            return at
    return -1

"""One kept-alive HTTP connection that asks again when the other side does not answer. Standard library only."""

import errno
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Mapping

from strabo.errors import StraboError, Unavailable, UsageError
from strabo.kit.address import Address
from strabo.kit.answers import Answer, not_ours
from strabo.kit.packing import packed
from strabo.kit.retry import Patience, retry_after
from strabo.model.secret import Secret

_AGAIN = frozenset({429, 502, 503, 504})
_PACK_FROM = 1024  # bytes
_PACKED = frozenset({"application/zstd", "application/gzip"})
_LONGEST_ANSWER = 256 << 20  # bytes

Waiting = Callable[[str, float], None]
"""Told why an answer is waited for, and for how many seconds, before each wait."""


class Connection:
    """Questions to one server. Threads take turns; who wants more at a time opens several.

    timeout: seconds without a byte after which one attempt is given up. patience: seconds that a question is asked
    again. What is asked twice must be the same as if asked once: for whoever writes, an Idempotency-Key sees to it.
    """

    def __init__(
        self,
        there: Address,
        token: Secret | None,
        *,
        timeout: float,
        patience: float,
        waiting: Waiting,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.there = there
        self._token, self._timeout, self._patience, self._waiting, self._tls = token, timeout, patience, waiting, tls
        self._open: http.client.HTTPConnection | None = None
        self._turn = threading.Lock()

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        fields: Mapping[str, str] | None = None,
        *,
        longer: float = 0.0,
    ) -> Answer:
        """The answer, whatever its status; `path` begins behind the server's own. longer: seconds that it may take
        beyond the timeout. Raises Unavailable when patience ends, and UsageError for what is no such server.
        """
        sent = {"Accept": "application/json", "User-Agent": "strabo-client", **(fields or {})}
        if self._token is not None:
            sent["Authorization"] = f"Bearer {self._token.reveal()}"
        if body is not None and len(body) > _PACK_FROM and sent.get("Content-Type") not in _PACKED:
            body, sent["Content-Encoding"] = packed(body)
        with self._turn:
            return self._answer(method, self.there.path + path, body, sent, self._timeout + longer)

    def close(self) -> None:
        """Lets go of the connection; a question after it opens another."""
        kept, self._open = self._open, None
        if kept is not None:
            kept.close()

    def _answer(self, method: str, path: str, body: bytes | None, fields: Mapping[str, str], timeout: float) -> Answer:
        patience = Patience(self._patience)
        while True:
            kept = self._open is not None
            asked: float | None = None
            try:
                answer = self._once(method, path, body, fields, timeout)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                if kept and not isinstance(error, TimeoutError):
                    continue  # it had been closed while nobody asked; a fresh one is tried at once
                problem = self._unreachable(error, timeout)
                if not _may_pass(error):
                    raise problem from error
            except BaseException:  # half an answer must not be taken for the next question's
                self.close()
                raise
            else:
                asked = retry_after(answer.fields.get("retry-after"))
                if answer.status not in _AGAIN and (answer.status != 409 or asked is None):
                    return answer
                problem = self.discreet(_busy(answer, self.there.url))
            if not patience.wait(asked, lambda pause, why=problem.what: self._waiting(why, pause)):  # type: ignore[misc]
                raise problem

    def _once(self, method: str, path: str, body: bytes | None, fields: Mapping[str, str], timeout: float) -> Answer:
        if self._open is None:
            self._open = self._connection()
        connection = self._open
        connection.timeout = timeout
        if connection.sock is not None:
            connection.sock.settimeout(timeout)
        try:
            connection.request(method, path, body, dict(fields))
        except (BrokenPipeError, ConnectionResetError):
            # A server that refuses early answers and hangs up before it has read all.
            if connection.sock is None:
                raise
            response = connection.response_class(connection.sock, method=method)
            response.begin()
            answer = _read(response)
            self.close()
            return answer
        response = connection.getresponse()
        answer = _read(response)
        if response.will_close:
            self.close()
        return answer

    def _connection(self) -> http.client.HTTPConnection:
        there = self.there
        if there.scheme == "https":
            tls = self._tls or ssl.create_default_context()
            return http.client.HTTPSConnection(there.host, there.port, timeout=self._timeout, context=tls)
        return http.client.HTTPConnection(there.host, there.port, timeout=self._timeout)

    def _unreachable(self, error: Exception, timeout: float) -> StraboError:
        where = self.there.url
        if type(error) is http.client.BadStatusLine:
            return not_ours(where)
        if isinstance(error, ssl.SSLCertVerificationError):
            fix = "set SSL_CERT_FILE to the PEM file of the authority that signed it"
            return Unavailable(f"its certificate is not trusted: {error.verify_message}", where=where, fix=fix)
        if isinstance(error, ssl.SSLError) and not _may_pass(error):
            return Unavailable(f"no TLS there: {error.reason}", where=where, fix="check the port, and http or https")
        if isinstance(error, TimeoutError):
            what = f"no answer within {timeout:g} s"
        elif isinstance(error, socket.gaierror):
            what = f"no machine is called {self.there.host}"
        elif isinstance(error, http.client.RemoteDisconnected | http.client.IncompleteRead):
            what = "the connection broke off"
        else:
            what = (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__
        return Unavailable(f"the server cannot be reached: {what}", where=where, fix=_AGAIN_LATER)

    def discreet(self, error: StraboError) -> StraboError:
        """The same error without the token, should the other side have repeated it."""
        token = self._token.reveal() if self._token else ""
        if not token or not any(token in text for text in (error.what, error.fix)):
            return error
        return type(error)(error.what.replace(token, "***"), where=error.where, fix=error.fix.replace(token, "***"))


_AGAIN_LATER = "see that it runs, then do the same again: what was taken before is not doubled"


def _busy(answer: Answer, where: str) -> StraboError:
    said = str(answer.told().get("detail") or answer.told().get("title") or "it does not say why")
    return Unavailable(f"the server cannot take it now ({answer.status}): {said}", where=where, fix=_AGAIN_LATER)


def _read(response: http.client.HTTPResponse) -> Answer:
    body = response.read(_LONGEST_ANSWER + 1)
    if len(body) > _LONGEST_ANSWER:
        raise UsageError("the answer is longer than 256 MiB", fix="ask for less at a time")
    fields = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, fields, body)


def _may_pass(error: Exception) -> bool:
    """Whether the same question may be answered later."""
    if isinstance(error, ssl.SSLError):
        return isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError)
    if isinstance(error, socket.gaierror):
        return error.errno == socket.EAI_AGAIN
    if isinstance(error, OSError) and error.errno in {errno.EACCES, errno.EPERM, errno.EADDRNOTAVAIL}:
        return False
    return type(error) is not http.client.BadStatusLine

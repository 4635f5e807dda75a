"""HTTP sessions, one a thread, that are all closed together."""

import threading

import requests


class Sessions:
    """Sessions of the threads that ask for one; no proxy or password of this machine is used."""

    def __init__(self) -> None:
        self._local = threading.local()
        self._made: list[requests.Session] = []

    def own(self) -> requests.Session:
        """Return this thread's session."""
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            self._local.session.trust_env = False
            self._made.append(self._local.session)
        session: requests.Session = self._local.session
        return session

    def close(self) -> None:
        """Close all of them; a thread that asks again gets its old one, which opens anew."""
        for session in self._made:
            session.close()

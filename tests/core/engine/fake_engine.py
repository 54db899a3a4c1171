"""Speaks the engine's protocol without being one; what it does is in the verb it is given."""

import json
import os
import signal
import sys
import threading
import time

lock = threading.Lock()


def tell(message):
    with lock:
        sys.stdout.write((message if isinstance(message, str) else json.dumps(message)) + "\n")
        sys.stdout.flush()


def progress(job, fraction, message="working"):
    news = {"fraction": fraction, "message": message, "time_left_s": None}
    tell({"event": "progress", "job": job, **news})


def work(job, cancelled):
    progress(job, 0.25)
    if cancelled.wait(20):
        tell({"event": "cancelled", "job": job})


def main():
    jobs = {}
    tell({"event": "device", "text": "CPU, because this is a fake", "kind": "cpu"})
    for line in sys.stdin:
        request = json.loads(line)
        answer = {"id": request["id"], "result": {}}
        method, params = request["method"], request["params"]
        if method == "start":
            begin(params["verb"], params, answer, jobs)
        elif method == "cancel":
            jobs[params["job"]].set()
            tell(answer)
        elif method == "labels_changed":
            tell({**answer, "result": {"revision": params["revision"], "received": time.time()}})
        elif method == "shutdown":
            tell(answer)
            return
        elif method == "hang":
            time.sleep(60)
        else:
            error = {"type": "ProjectLockedError", "message": "It is open elsewhere."}
            tell({"id": request["id"], "error": error})


def begin(verb, params, answer, jobs):
    job = len(jobs) + 1
    jobs[job] = threading.Event()
    answer["result"] = {"job": job}
    succeeded = {"event": "succeeded", "job": job, "result": {"echo": params}}
    if verb == "overtaken":  # the events come before the answer
        progress(job, 0.5)
        tell(succeeded)
    time.sleep(0.3 if verb == "slow" else 0)
    tell(answer)
    if verb == "work":
        threading.Thread(target=work, args=(job, jobs[job]), daemon=True).start()
    elif verb == "fail":
        error = {"type": "TrainingError", "message": "Label two classes.", "details": "a trace"}
        tell({"event": "failed", "job": job, "error": error})
    elif verb != "overtaken":
        misbehave(verb, job)
        progress(job, 1.0)
        tell(succeeded)


def misbehave(verb, job):
    if verb == "garbage":
        tell("Warning: this is not JSON\n[1, 2]\n\x00\xff")
        tell({"event": "progress", "job": job})
        tell({"id": 4711, "result": {}})
    if verb == "flood":
        sys.stderr.write("x" * 4_000_000)
        sys.stderr.flush()
    if verb == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if verb == "crash":
        raise MemoryError("nothing left")


main()

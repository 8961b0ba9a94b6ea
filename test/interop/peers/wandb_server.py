#!/usr/bin/env python3
"""A stand-in for the W&B server, enough for the real `wandb sync` (0.31) to upload an offline run.

    wandb_server.py PORT RECORD.ndjson

Every request is appended to RECORD as {"call", "path", "body"}. Then:
    WANDB_BASE_URL=http://127.0.0.1:PORT WANDB_API_KEY=<40 letters> wandb sync --yes wandb/offline-run-...
"""
import gzip
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

port, record = int(sys.argv[1]), open(sys.argv[2], "a")


def answer(query, variables):
    data = {}
    if "viewer" in query:
        data["viewer"] = dict(id="VXNlcjox", username="tester", entity="tester", flags="{}", teams=dict(edges=[]))
    if "serverInfo" in query:
        data["serverInfo"] = dict(cliVersionInfo=dict(max_cli_version="99.0.0"), features=[])
    if "upsertBucket" in query:
        name = variables.get("name")
        project = dict(id="UHJvajox", name=variables.get("project"), entity=dict(id="RW50OjE=", name="tester"))
        data["upsertBucket"] = dict(inserted=True, bucket=dict(
            id="UnVuOjE=", name=name, displayName=variables.get("displayName") or name, description=None, sweepName=None,
            config=variables.get("config") or "{}", historyLineCount=0, project=project))
    if "createRunFiles" in query:
        urls = [dict(name=f, uploadUrl=f"http://127.0.0.1:{port}/upload/{f}") for f in variables["files"]]
        data["createRunFiles"] = dict(runID="UnVuOjE=", uploadHeaders=[], files=urls)
    return dict(data=data)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def serve(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        text, reply = body.decode("utf8", "replace"), {}
        if self.path == "/graphql":
            request = json.loads(text)
            reply, text = answer(request["query"], request.get("variables") or {}), request
        record.write(json.dumps(dict(call=self.command, path=self.path, body=text)) + "\n")
        record.flush()
        payload = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    do_GET = do_POST = do_PUT = serve


ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()

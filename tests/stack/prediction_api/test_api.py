"""Alone: the cache in process, and SQLite."""
import base64
import hashlib
import hmac
import http.client
import json
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

from programs import API, PATIENCE, SECRET, ApiTest, at_once, wait_until


def token(expires_in=60, secret=SECRET, algorithm="HS256", **claims):
    """A token that somebody else made."""
    def encode(part):
        return base64.urlsafe_b64encode(part).rstrip(b"=")
    claims = {"sub": "ann", "exp": int(time.time()) + expires_in, **claims}
    signed = b".".join(encode(json.dumps(part).encode()) for part in ({"alg": algorithm, "typ": "JWT"}, claims))
    signature = b"" if algorithm == "none" else hmac.digest(secret.encode(), signed, hashlib.sha256)
    return (signed + b"." + encode(signature)).decode()


class Predictions(ApiTest):
    def test_a_prediction_is_computed_once_and_then_comes_from_the_cache(self):
        api = self.api()
        first, second = api.get("/api/predictions/spread/17"), api.get("/api/predictions/spread/17")
        self.assertEqual((200, "miss"), (first.status, first.headers["X-Cache"]))
        self.assertEqual((200, "hit"), (second.status, second.headers["X-Cache"]))
        self.assertEqual(first.text, second.text)
        prediction = json.loads(first.text)
        self.assertEqual(("spread", 17, "points"), (prediction["category"], prediction["game"], prediction["unit"]))
        self.assertTrue(-17 <= prediction["value"] <= 17)
        self.assertEqual(1, api.metric("prediction_model_runs_total"))

    def test_it_is_the_same_after_a_restart(self):
        text = self.api().get("/api/predictions/sacks/3").text
        self.assertEqual(text, self.api().get("/api/predictions/sacks/3").text)

    def test_a_burst_computes_it_once(self):
        api = self.api(MODEL_MS="200")
        answers = at_once([lambda: api.get("/api/predictions/punts/1")] * 8)
        self.assertEqual({200}, {answer.status for answer in answers})
        self.assertEqual(1, api.metric("prediction_model_runs_total"))

    def test_a_batch_is_in_order_and_computes_nothing_twice(self):
        api = self.api()
        wanted = [{"category": "sacks", "game": 2}, {"category": "spread", "game": 1}, {"category": "sacks", "game": 2}]
        answer = api.ask("POST", "/api/predictions/batch", {"predictions": wanted})
        self.assertEqual(200, answer.status, answer.text)
        got = json.loads(answer.text)["predictions"]
        self.assertEqual(wanted, [{"category": one["category"], "game": one["game"]} for one in got])
        self.assertEqual(2, api.metric("prediction_model_runs_total"))
        self.assertEqual(api.get("/api/predictions/spread/1").headers["X-Cache"], "hit")

    def test_it_expires(self):
        api = self.api(CACHE_TTL_SECONDS="1")
        api.get("/api/predictions/spread/1")
        wait_until(lambda: api.get("/api/predictions/spread/1").headers["X-Cache"] == "miss", "it is a miss again")

    def test_what_cannot_be_answered_is_said(self):
        api = self.api()
        for status, method, path, body in [
                (404, "GET", "/api/predictions/weather/1", None), (404, "GET", "/nothing", None),
                (404, "GET", "/api/predictions/spread/1/2", None), (405, "DELETE", "/api/predictions/spread/1", None),
                (400, "GET", "/api/predictions/spread/0", None), (400, "GET", "/api/predictions/spread/1x", None),
                (400, "GET", "/api/predictions/spread/1000000000", None),
                (400, "POST", "/api/predictions/batch", "{"), (400, "POST", "/api/predictions/batch", "[]"),
                (400, "POST", "/api/predictions/batch", {"predictions": []}),
                (400, "POST", "/api/predictions/batch", {"predictions": [1]}),
                (400, "POST", "/api/predictions/batch", {"predictions": [{"category": "spread", "game": "1"}]}),
                (400, "POST", "/api/predictions/batch",
                 {"predictions": [{"category": "spread", "game": 1}] * 101})]:
            answer = api.ask(method, path, body)
            self.assertEqual(status, answer.status, (method, path, body))
            self.assertIn("error", json.loads(answer.text))
        self.assertEqual("GET, PUT", api.ask("DELETE", "/api/predictions/spread/1").headers["Allow"])


class Tokens(ApiTest):
    def correct(self, api, value, authorization):
        headers = {"Authorization": authorization} if authorization else {}
        return api.ask("PUT", "/api/predictions/spread/17", {"value": value}, headers)

    def test_a_correction_replaces_what_is_cached_and_stays_after_a_restart(self):
        api = self.api()
        api.get("/api/predictions/spread/17")
        answer = self.correct(api, -3.5, "Bearer " + token())
        self.assertEqual(200, answer.status, answer.text)
        for server in (api, self.api()):
            prediction = json.loads(server.get("/api/predictions/spread/17").text)
            self.assertEqual((-3.5, "ann"), (prediction["value"], prediction["corrected_by"]))
        self.assertEqual("hit", api.get("/api/predictions/spread/17").headers["X-Cache"])

    def test_a_load_that_began_before_a_correction_does_not_undo_it(self):
        api = self.api(MODEL_MS="500")
        slow = threading.Thread(target=lambda: api.get("/api/predictions/spread/17"))
        slow.start()
        wait_until(lambda: api.metric("prediction_model_runs_total") == 1, "the model runs")
        self.assertEqual(200, self.correct(api, 7, "Bearer " + token()).status)
        slow.join(PATIENCE)
        self.assertEqual(7, json.loads(api.get("/api/predictions/spread/17").text)["value"])

    def test_without_a_valid_token_nothing_is_written(self):
        api = self.api()
        good = token()
        for authorization in [None, "Bearer ", "Bearer x", "Basic " + good, "Bearer " + good[:-2],
                              "Bearer " + token(expires_in=-1), "Bearer " + token(secret="x" * 32),
                              "Bearer " + token(algorithm="none"), "Bearer " + token(algorithm="HS512"),
                              "Bearer " + token(exp=None)]:
            answer = self.correct(api, 1, authorization)
            self.assertEqual((401, "Bearer"), (answer.status, answer.headers["WWW-Authenticate"]), authorization)
        self.assertNotIn("corrected_by", api.get("/api/predictions/spread/17").text)

    def test_a_value_out_of_the_category_is_refused(self):
        answer = self.correct(self.api(), 1000, "Bearer " + token())
        self.assertEqual(400, answer.status)

    def test_a_token_is_given_for_the_password(self):
        api = self.api(ANALYST_PASSWORD="let me write")
        wrong = api.ask("POST", "/api/auth/token", {"user": "ben", "password": "let me writE"})
        self.assertEqual(401, wrong.status)
        right = api.ask("POST", "/api/auth/token", {"user": "ben", "password": "let me write"})
        answer = self.correct(api, 1, "Bearer " + json.loads(right.text)["token"])
        self.assertEqual("ben", json.loads(answer.text)["corrected_by"])

    def test_without_a_password_no_tokens_are_given(self):
        self.assertEqual(404, self.api().ask("POST", "/api/auth/token", {"user": "b", "password": ""}).status)


class Http(ApiTest):
    def test_pages_of_the_origins_may_ask(self):
        api = self.api(CORS_ORIGINS="https://a.example,https://b.example")
        for origin, allowed in [("https://b.example", "https://b.example"), ("https://c.example", None)]:
            answer = api.get("/api/predictions/spread/1", Origin=origin)
            self.assertEqual((allowed, "Origin"),
                             (answer.headers["Access-Control-Allow-Origin"], answer.headers["Vary"]))
            preflight = api.ask("OPTIONS", "/api/predictions/spread/1", headers={
                "Origin": origin, "Access-Control-Request-Method": "PUT"})
            self.assertEqual((204, allowed), (preflight.status, preflight.headers["Access-Control-Allow-Origin"]))
            self.assertIn("PUT", preflight.headers["Access-Control-Allow-Methods"])
        self.assertIsNone(self.api().get("/health", Origin="https://a.example").headers["Access-Control-Allow-Origin"])

    def test_each_request_is_a_line_of_the_log(self):
        api = self.api()
        api.get("/api/predictions/spread/1")
        self.assertRegex(api.wait_for("GET"),
                         r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z GET /api/predictions/spread/1 200 [0-9.e-]+ ms miss$")
        api.get("/nothing?x=1")
        self.assertRegex(api.wait_for("nothing"), r"Z GET /nothing\?x=1 404 [0-9.e-]+ ms -$")

    def test_the_log_may_be_a_file_that_replicas_share_and_that_is_rotated(self):
        log, rotated = Path(self.folder, "log"), Path(self.folder, "log.1")
        replicas = [self.api(LOG_FILE=str(log)) for _ in range(2)]
        for game, api in enumerate(replicas, start=1):
            api.get(f"/api/predictions/spread/{game}")
        log.rename(rotated)
        for api in replicas:
            api.process.send_signal(signal.SIGHUP)
        wait_until(lambda: all(api.get("/later") and log.exists() for api in replicas), "there is a new file")
        wait_until(lambda: replicas[0].get("/0") and "/0" in log.read_text(), "the first one writes to it")
        wait_until(lambda: replicas[1].get("/1") and "/1" in log.read_text(), "so does the second one")
        self.assertRegex(rotated.read_text(), r"Z GET /api/predictions/spread/1 .*\n.*Z GET /api/predictions/spread/2 ")
        # One that cannot be opened is told, and the old one is written to.
        log.rename(rotated)
        log.mkdir()
        replicas[0].process.send_signal(signal.SIGHUP)
        self.assertIn("Is a directory", replicas[0].wait_for("LOG_FILE cannot be opened"))
        replicas[0].get("/still")
        self.assertIn("/still", rotated.read_text())
        self.assertEqual([0, 0], [api.end() for api in replicas])
        self.assertFalse([line for api in replicas for line in api.lines if "GET" in line])

    def test_a_log_that_cannot_be_written_is_said_at_the_start(self):
        failed = subprocess.run([API], env={"JWT_SECRET": SECRET, "LOG_FILE": self.folder, "PORT": "0",
                                            "DATABASE_URL": f"sqlite:{self.folder}/predictions.db"},
                                text=True, capture_output=True, timeout=PATIENCE)
        self.assertEqual(1, failed.returncode)
        self.assertIn(f"LOG_FILE cannot be opened: {self.folder}: Is a directory", failed.stderr)

    def test_what_is_too_large_is_refused(self):
        api = self.api()
        self.assertEqual(413, api.ask("POST", "/api/predictions/batch", "x" * 70_000).status)
        self.assertEqual(431, api.get("/health", Large="x" * 20_000).status)
        with socket.create_connection(("127.0.0.1", api.port), PATIENCE) as raw:
            raw.sendall(b"nonsense\r\n\r\n")
            self.assertTrue(raw.recv(100).startswith(b"HTTP/1.1 400 "))

    def test_a_connection_serves_many_requests(self):
        api = self.api()
        connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=PATIENCE)
        self.addCleanup(connection.close)
        ports = set()
        for _ in range(3):
            connection.request("GET", "/health")
            self.assertIn(b"ok", connection.getresponse().read())
            ports.add(connection.sock.getsockname()[1])
        self.assertEqual(1, len(ports))

    def test_metrics_are_as_prometheus_wants_them(self):
        api = self.api()
        for _ in range(4):
            api.get("/api/predictions/spread/1")
        api.ask("BREW", "/tea/1")
        text = api.get("/metrics").text
        checked = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, capture_output=True,
                                 timeout=PATIENCE)
        self.assertEqual((0, "", ""), (checked.returncode, checked.stdout, checked.stderr))
        self.assertEqual(0.75, api.metric("prediction_cache_hit_ratio"))
        self.assertEqual(4, api.metric(
            'prediction_http_requests_total{method="GET",route="/api/predictions/{category}/{game}",status="200"}'))
        self.assertEqual(1, api.metric('prediction_http_requests_total{method="<unknown>",route="none",status="404"}'))
        self.assertEqual(4, api.metric(
            'prediction_http_request_duration_seconds_count{route="/api/predictions/{category}/{game}"}'))


class Life(ApiTest):
    def test_all_errors_of_the_environment_are_said_at_once(self):
        wrong = subprocess.run([API], env={"PORT": "70000", "CACHE": "redis", "MODEL_MS": "x"}, text=True,
                               capture_output=True, timeout=PATIENCE)
        self.assertEqual(1, wrong.returncode)
        self.assertEqual(["PORT", "CACHE", "MODEL_MS", "JWT_SECRET"],
                         [line.split()[1] for line in wrong.stderr.splitlines()])

    def test_sigterm_lets_requests_finish_and_says_503_meanwhile(self):
        api = self.api(MODEL_MS="1500", SHUTDOWN_DELAY_MS="1000")
        answers = []
        slow = threading.Thread(target=lambda: answers.append(api.get("/api/predictions/spread/17")))
        slow.start()
        wait_until(lambda: api.metric("prediction_model_runs_total") == 1, "the model runs")
        idle = http.client.HTTPConnection("127.0.0.1", api.port, timeout=PATIENCE)
        self.addCleanup(idle.close)
        idle.connect()
        api.process.terminate()
        health = wait_until(lambda: (found := api.get("/health")).status == 503 and found, "/health says it")
        self.assertEqual("ending", json.loads(health.text)["status"])
        self.assertEqual("close", health.headers["Connection"])
        self.assertEqual(0, api.end())
        slow.join(PATIENCE)
        self.assertEqual(200, answers[0].status)

"""What docker/docker-compose*.yml promise. Usage:

compose.py check                      everything that docs/operations.md says of the production file
compose.py run-arguments SERVICE      its service as options of 'podman run', each ended by a zero byte:
                                      all but network, name, image, command, secrets, volumes and logging
compose.py command SERVICE            its command, likewise
compose.py environment SERVICE        its environment, likewise
compose.py limit SERVICE              its limit of memory, in bytes
compose.py read                       what the production file takes from the environment, a name a line
compose.py settled                    what it gives its containers whatever the environment is, likewise

What the production file takes from the environment is taken from this process's.
"""

import os
import pathlib
import re
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
MIB = 1 << 20
REFERENCE = re.compile(r"\$\{(\w+):-([^}]+)\}")  # the one kind of several that podman-compose knows too


def load(name):
    text = (ROOT / "docker" / name).read_text()
    return yaml.safe_load(REFERENCE.sub(lambda match: os.environ.get(match[1]) or match[2], text))


def environment(service):
    """What its container gets: of what has no value, that of this process, if there is one."""
    for name, value in service.get("environment", {}).items():
        value = os.environ.get(name) if value is None else value
        if value is not None:
            yield name, value


def taken():
    """Names that the production file takes from the environment, and those that it gives a value itself."""
    text = (ROOT / "docker/docker-compose.prod.yml").read_text()
    read = {match[1] for match in REFERENCE.finditer(text)}
    services = yaml.safe_load(text)["services"].values()
    given = [pair for service in services for pair in service.get("environment", {}).items()]
    read |= {name for name, value in given if value is None}
    return read, {name for name, _ in given} - read


def size(text):
    """Bytes of 256m, 256mb and the like: powers of 1024."""
    number, unit = re.fullmatch(r"(\d+)([mkg])b?", text).groups()
    return int(number) << {"k": 10, "m": 20, "g": 30}[unit]


def check_service(name, service):
    """What holds for each container."""
    def promise(holds, what):
        assert holds, f"{name}: {what}"

    promise(service["restart"] == "unless-stopped", "is not restarted")
    promise(service["read_only"] is True, "its root can be written to")
    promise(service["cap_drop"] == ["ALL"] and "cap_add" not in service, "has capabilities")
    promise(service["security_opt"] == ["no-new-privileges:true"], "may gain privileges")
    promise("privileged" not in service and "network_mode" not in service, "is not confined")
    promise(service["networks"] == ["backend"], "is on another network")
    promise(service["mem_limit"] == service["memswap_limit"], "may swap, or has no memory limit")
    promise(service["pids_limit"] > 0, "has no limit of processes")
    health = service["healthcheck"]
    for key in ("test", "interval", "timeout", "retries", "start_period"):
        promise(health[key], f"its health check has no {key}")
    logging = service["logging"]
    promise(logging["driver"] == "json-file", "does not log to files of Docker")
    promise({"max-size", "max-file"} <= logging["options"].keys(), "its log grows without bounds")
    promise("stop_grace_period" in service, "has Docker's 10 seconds to end")
    for variable, value in service.get("environment", {}).items():
        promise(value is None or isinstance(value, (str, int)), f"{variable} is no text")
        secret = re.search("PASSWORD|SECRET|TOKEN|DATABASE_URL|REQUIREPASS", variable)
        promise(not secret or variable.endswith("_FILE"), f"{variable} is a secret, and not in a file")
        if str(value).startswith("/run/secrets/"):
            promise(pathlib.Path(value).name in service["secrets"], f"{variable} is not there")


def check_memory(cache):
    """The sum that stands above the limit is the limit, and made of what is configured."""
    settings = dict(environment(cache))
    output = size(settings["SIDELINE_CLIENT_OUTPUT_BUFFER_LIMIT"].split()[1])
    input_ = size(settings["SIDELINE_CLIENT_QUERY_BUFFER_LIMIT"])
    summands = [size(settings["SIDELINE_MAXMEMORY"]), 32 * MIB, 4 * (output + input_)]
    assert size(cache["mem_limit"]) == sum(summands), (cache["mem_limit"], summands)
    text = (ROOT / "docker/docker-compose.prod.yml").read_text()
    told = [int(number) * MIB for number in re.findall(r"^ +# +(\d+) MiB  ", text, re.MULTILINE)]
    assert told == summands + [sum(summands)], told


def check_production():
    production = load("docker-compose.prod.yml")
    services = production["services"]
    assert set(services) == {"nginx", "api-1", "api-2", "cache"}, services.keys()
    for name, service in services.items():
        check_service(name, service)
    assert services["api-1"] == services["api-2"]
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert published == {"nginx": ["80:80", "443:443"]}, published
    assert production["networks"] == {"backend": {"name": "sideline", "driver": "bridge"}}
    for name, secret in production["secrets"].items():
        assert secret == {"file": f"./secrets/{name}"}, (name, secret)
    check_memory(services["cache"])
    check_logs(production)


def check_logs(production):
    """Each is on a volume, and rotated there."""
    rotation = (ROOT / "conf/logrotate.d/sideline").read_text()
    rotated = re.findall(r"^/\S+", rotation, re.MULTILINE)
    nginx = "".join((ROOT / "docker/nginx" / name).read_text() for name in ("nginx.conf", "http/log.conf"))
    logs = {"cache": [production["services"]["cache"]["environment"]["SIDELINE_LOGFILE"]],
            "api-1": [production["services"]["api-1"]["environment"]["LOG_FILE"]],
            "nginx": re.findall(r"^(?:error|access)_log (\S+)", nginx, re.MULTILINE)}
    for name, files in logs.items():
        (volume, folder), = [volume.split(":") for volume in production["services"][name]["volumes"]
                             if "/var/log/" in volume]
        if not volume.startswith("/"):
            volume = f"/var/lib/docker/volumes/{production['volumes'][volume]['name']}/_data"
        for log in map(pathlib.PurePath, files):
            assert str(log.parent) == folder, (log, folder)
            rotated.remove(f"{volume}/{log.name}")
    assert not rotated, rotated
    assert rotation.count(f"network={production['networks']['backend']['name']} ") == 2


def check_development():
    for name, service in load("docker-compose.yml")["services"].items():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), f"{name}: {port} is open to other machines"


def run_arguments(service):
    yield from ("--memory", service["mem_limit"], "--memory-swap", service["memswap_limit"])
    yield from ("--pids-limit", str(service["pids_limit"]))
    if service["read_only"]:
        yield from ("--read-only", "--read-only-tmpfs=false")
    for option, key in (("--cap-drop", "cap_drop"), ("--security-opt", "security_opt"), ("--tmpfs", "tmpfs")):
        for value in service.get(key, []):
            yield from (option, value)
    for name, limit in service.get("ulimits", {}).items():
        yield from ("--ulimit", f"{name}={limit}:{limit}")
    for name, value in environment(service):
        yield from ("--env", f"{name}={value}")


def main(command, *arguments):
    if command == "check":
        check_production()
        check_development()
        return
    if command in ("read", "settled"):
        print(*sorted(taken()[command == "settled"]), sep="\n")
        return
    service = load("docker-compose.prod.yml")["services"][arguments[0]]
    if command == "limit":
        print(size(service["mem_limit"]))
        return
    words = {"command": lambda: service["command"], "run-arguments": lambda: run_arguments(service),
             "environment": lambda: (f"{name}={value}" for name, value in environment(service))}
    sys.stdout.write("".join(word + "\0" for word in words[command]()))


main(*sys.argv[1:])

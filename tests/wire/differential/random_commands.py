"""Random commands over few keys, so that most of them meet a key that others have written.

No reply depends on when a command is run: deadlines lie far ahead or in the past, and no two of
them are close to each other.
"""

KEYS = ["a", "b", "c", "d", "", "key\x00\xff"]
INTEGERS = ["0", "1", "-1", "7", "100", "-5000", "9223372036854775807", "-9223372036854775808"]
FLOATS = ["0.1", "1.5", "-2.25", "3e2", "1e-7", "10", "-0.0", "1e17", "123456789.123456789"]
ODD = ["", "abc", " 1", "1 ", "+1", "01", "1e3", "nan", "inf", "9223372036854775808", "-", "\x00", "1.5.5"]
TEXTS = ["", "x", "hello world", "ohmytext", "mynewtext", "abc\r\n\x00", "y" * 44, "z" * 45, "w" * 300]
PATTERNS = ["*", "?", "[a-c]", "[^a]", "key*", "a", "\\*", "", "[", "*\x00*"]


class RandomCommands:
    """An endless sequence of commands, the same for the same random source."""

    def __init__(self, source, now_ms):
        self._random = source
        self._now_ms = now_ms

    def next(self):
        """A command, as a list of texts, and how its reply is compared."""
        _, names, arguments, comparator = self._random.choices(COMMANDS, WEIGHTS)[0]
        words = [self._case(self._pick(names.split())), *arguments(self)]
        return self._spoiled(words), comparator

    # --- What arguments are made of ----------------------------------------------------------

    def _pick(self, choices):
        return self._random.choice(choices)

    def _chance(self, percent):
        return self._random.random() * 100 < percent

    def _key(self):
        return self._pick(KEYS)

    def _keys(self):
        return [self._key() for _ in range(self._random.randint(1, 4))]

    def _value(self):
        return self._pick(self._pick([INTEGERS, FLOATS, ODD, TEXTS]))

    def _integer(self):
        return self._pick(ODD) if self._chance(5) else self._pick(INTEGERS)

    def _index(self):
        return self._pick(ODD) if self._chance(3) else str(self._random.randint(-60, 60))

    def _case(self, word):
        return word.lower() if self._chance(20) else word

    def _some(self, words, percent=30):
        return [self._case(word) for word in words if self._chance(percent)]

    def _amount(self, unit):
        """A time to live in units of so many milliseconds."""
        if self._chance(8):
            return self._pick(ODD + ["0", "-1", "9223372036854775807", "-9223372036854775808"])
        return str(self._random.randint(10**6, 10**9) * 1000 // unit)

    def _moment(self, unit):
        if self._chance(12):
            return self._pick(["1", "1000000", *ODD, "0", "-1", "9223372036854775807"])
        return str((self._now_ms + self._random.randint(10**6, 10**9) * 1000) // unit)

    def _deadline(self):
        option = self._pick(["EX", "PX", "EXAT", "PXAT"])
        unit = 1 if option.startswith("P") else 1000
        time = self._moment(unit) if option.endswith("AT") else self._amount(unit)
        return [self._case(option), time]

    def _spoiled(self, arguments):
        """Now and then an argument too few or too many."""
        if len(arguments) > 1 and self._chance(1.5):
            del arguments[self._random.randrange(1, len(arguments))]
        if self._chance(1.5):
            arguments.append(self._pick(["NX", "bogus", ""]))
        return arguments

    # --- Strings -----------------------------------------------------------------------------

    def _set(self):
        options = self._some(["NX", "XX"], 15) + self._some(["GET"], 25) + self._some(["KEEPTTL"], 15)
        if self._chance(35):
            options += self._deadline()
        return [self._key(), self._value(), *options]

    def _getex(self):
        options = self._deadline() if self._chance(60) else []
        return [self._key(), *options, *self._some(["PERSIST"], 25)]

    def _setex(self):
        return [self._key(), self._amount(1000), self._value()]

    def _psetex(self):
        return [self._key(), self._amount(1), self._value()]

    def _one_key(self):
        return [self._key()]

    def _key_and_value(self):
        return [self._key(), self._value()]

    def _pairs(self):
        return [word for key in self._keys() for word in (key, self._value())]

    def _key_and_integer(self):
        return [self._key(), self._integer()]

    def _key_and_float(self):
        return [self._key(), self._pick(ODD) if self._chance(10) else self._pick(FLOATS)]

    def _range(self):
        return [self._key(), self._index(), self._index()]

    def _setrange(self):
        return [self._key(), self._index(), self._value()]

    def _lcs(self):
        options = self._some(["LEN"], 20) + self._some(["IDX", "WITHMATCHLEN"], 40)
        if self._chance(30):
            options += ["MINMATCHLEN", self._index()]
        return [self._key(), self._key(), *options]

    # --- Keys --------------------------------------------------------------------------------

    def _conditions(self):
        return self._some(["NX", "XX", "GT", "LT"], 12)

    def _expire(self):
        return [self._key(), self._amount(1000), *self._conditions()]

    def _pexpire(self):
        return [self._key(), self._amount(1), *self._conditions()]

    def _expireat(self):
        return [self._key(), self._moment(1000), *self._conditions()]

    def _pexpireat(self):
        return [self._key(), self._moment(1), *self._conditions()]

    def _two_keys(self):
        return [self._key(), self._key()]

    def _copy(self):
        database = ["DB", self._pick(["0", "1", "2", "16", "-1", "x"])] if self._chance(40) else []
        return [self._key(), self._key(), *database, *self._some(["REPLACE"], 40)]

    def _keys_pattern(self):
        return [self._pick(PATTERNS)]

    def _object(self):
        return [self._pick(["ENCODING", "REFCOUNT", "FREQ", "bogus"]), self._key()]

    def _select(self):
        return [self._pick(["0", "1", "2", "16", "-1", "x"])] if self._chance(20) else [self._pick("012")]

    def _swapdb(self):
        return [self._pick("012"), self._pick("012x")]

    def _nothing(self):
        return []


# weight, names, arguments, comparator
COMMANDS = [
    (12, "SET", RandomCommands._set, "bytes"),
    (3, "GETEX", RandomCommands._getex, "bytes"),
    (1, "SETEX", RandomCommands._setex, "bytes"),
    (1, "PSETEX", RandomCommands._psetex, "bytes"),
    (9, "GET STRLEN", RandomCommands._one_key, "bytes"),
    (6, "INCR DECR", RandomCommands._one_key, "bytes"),
    (5, "GETDEL TYPE PERSIST", RandomCommands._one_key, "bytes"),
    (6, "TTL PTTL EXPIRETIME PEXPIRETIME", RandomCommands._one_key, "near"),
    (8, "MGET DEL UNLINK EXISTS TOUCH", RandomCommands._keys, "bytes"),
    (8, "SETNX GETSET APPEND", RandomCommands._key_and_value, "bytes"),
    (5, "MSET MSETNX", RandomCommands._pairs, "bytes"),
    (5, "INCRBY DECRBY", RandomCommands._key_and_integer, "bytes"),
    (5, "INCRBYFLOAT", RandomCommands._key_and_float, "bytes"),
    (5, "GETRANGE SUBSTR", RandomCommands._range, "bytes"),
    (3, "SETRANGE", RandomCommands._setrange, "bytes"),
    (3, "LCS", RandomCommands._lcs, "bytes"),
    (2, "EXPIRE", RandomCommands._expire, "bytes"),
    (2, "PEXPIRE", RandomCommands._pexpire, "bytes"),
    (2, "EXPIREAT", RandomCommands._expireat, "bytes"),
    (2, "PEXPIREAT", RandomCommands._pexpireat, "bytes"),
    (4, "RENAME RENAMENX", RandomCommands._two_keys, "bytes"),
    (4, "COPY", RandomCommands._copy, "bytes"),
    (2, "KEYS", RandomCommands._keys_pattern, "unordered"),
    (5, "OBJECT", RandomCommands._object, "bytes"),
    (2, "SELECT", RandomCommands._select, "bytes"),
    (0.3, "SWAPDB", RandomCommands._swapdb, "bytes"),
    (0.1, "FLUSHDB FLUSHALL", RandomCommands._nothing, "bytes"),
]
WEIGHTS = [weight for weight, *_ in COMMANDS]

// Boost.JSON, compiled here rather than linked, as with Boost's other libraries: no package more
// than the server needs anyway.
#include <boost/json/src.hpp>

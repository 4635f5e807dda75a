-- wrk's script: sends the requests of a file (bench/prepared.py) and tells what came of them as one line of JSON.
-- At the end of the file it begins anew.

local LENGTH_DIGITS = 8
local file

function init(args)
  file = assert(io.open(args[1], "rb"))
end

function request()
  local length = file:read(LENGTH_DIGITS)
  if not length then
    file:seek("set")
    length = file:read(LENGTH_DIGITS)
  end
  return file:read(tonumber(length))
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"answers": %d, "refused": %d, "unanswered": %d, "microseconds": %d, "p50": %d, "p99": %d}\n',
    summary.requests, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    summary.duration, latency:percentile(50), latency:percentile(99)
  ))
end

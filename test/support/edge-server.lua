-- What answers behind the edge in its tests: it reads a request to its end and tells what came of it, in as many lines
-- and after as many milliseconds as the request's own headers ask for.
local function escaped(text)
  return (text:gsub('[%c"\\]', function(letter) return string.format("\\u%04x", letter:byte()) end))
end

core.register_service("tell", "http", function(applet)
  local body = applet:receive()
  local function asked(name, otherwise)
    local values = applet.headers[name]
    return tonumber(values and values[0] or otherwise)
  end
  core.msleep(asked("x-test-delay", 0))
  local headers = {}
  for name, values in pairs(applet.headers) do
    headers[#headers + 1] = string.format('"%s":"%s"', escaped(name), escaped(values[0]))
  end
  local path = applet.path .. (applet.qs ~= "" and "?" .. applet.qs or "")
  applet:set_status(asked("x-test-status", 200))
  applet:add_header("content-type", "application/x-ndjson")
  applet:add_header("server", "test")
  applet:add_header("access-control-allow-origin", "*")
  applet:start_response()
  local lines = asked("x-test-lines", 1)
  for line = 1, lines do
    applet:send(string.format('{"server":"%s","method":"%s","path":"%s","bytes":%d,"headers":{%s}}\n',
      os.getenv("NAME"), applet.method, escaped(path), #body, table.concat(headers, ",")))
    if line < lines then core.msleep(asked("x-test-pause", 5)) end
  end
end)

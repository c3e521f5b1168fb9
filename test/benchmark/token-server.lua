-- A model that costs next to nothing: it reads a request to its end and answers in 20 tokens, one every 5 ms from the
-- moment at which it had the request, so that none that is late makes those behind it late.
local tokens, pause = 20, 5

local function milliseconds()
  local now = core.now()
  return now.sec * 1000 + now.usec / 1000
end

core.register_service("tokens", "http", function(applet)
  local started = milliseconds()
  repeat until applet:receive(65536) == ""
  applet:set_status(200)
  if applet.method == "GET" then
    local version = '{"version":"0.0.0"}'
    applet:add_header("content-type", "application/json; charset=utf-8")
    applet:add_header("content-length", #version)
    applet:start_response()
    applet:send(version)
    return
  end
  applet:add_header("content-type", "application/x-ndjson")
  local word = '{"model":"tokens","created_at":"2026-01-01T00:00:00.000000000Z","response":" word","done":false}\n'
  for token = 1, tokens do
    local early = started + token * pause - milliseconds()
    if early > 0 then core.msleep(math.ceil(early)) end
    -- With the first token, as Ollama does.
    if token == 1 then applet:start_response() end
    applet:send(word)
  end
  applet:send('{"model":"tokens","created_at":"2026-01-01T00:00:00.000000000Z","response":"","done":true,'
    .. '"done_reason":"stop","prompt_eval_count":5,"eval_count":20,"eval_duration":100000000}\n')
end)

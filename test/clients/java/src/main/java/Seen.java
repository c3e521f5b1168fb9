import java.util.LinkedHashMap;
import java.util.Map;

/** What a client sees through the gateway: a name for each check, and what came of it, as one object of JSON. */
final class Seen {
  /** A check, which may fail. */
  interface Check {
    Object result() throws Exception;
  }

  private final Map<String, String> seen = new LinkedHashMap<>();

  void see(String name, Check check) {
    String result;
    try {
      result = String.valueOf(check.result());
    } catch (Exception error) {
      result = error.getClass().getSimpleName() + ": " + error.getMessage();
    }
    seen.put(name, result);
  }

  static String answer(String text) {
    return text != null && !text.isEmpty() ? "an answer" : "no text";
  }

  void print() {
    StringBuilder json = new StringBuilder();
    seen.forEach((name, result) -> json.append(json.isEmpty() ? "" : ",").append(quoted(name)).append(':').append(quoted(result)));
    System.out.println("{\"versions\":{\"java\":" + quoted(System.getProperty("java.version")) + "},\"seen\":{" + json + "}}");
  }

  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (char one : text.toCharArray()) {
      if (one == '"' || one == '\\') quoted.append('\\').append(one);
      else if (one < ' ') quoted.append(String.format("\\u%04x", (int) one));
      else quoted.append(one);
    }
    return quoted.append('"').toString();
  }
}

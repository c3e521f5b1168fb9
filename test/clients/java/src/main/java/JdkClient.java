import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;

/** The JDK's own HttpClient: HTTP/1.1 and HTTP/2, with and without expectContinue. */
public final class JdkClient {
  private static final String URL = System.getenv("GATEWAY_URL");
  private static final String BODY =
      "{\"model\":\"" + System.getenv("MODEL") + "\",\"prompt\":\"Say hi.\",\"stream\":false,\"options\":{\"num_predict\":4}}";

  public static void main(String[] args) {
    Seen seen = new Seen();
    for (HttpClient.Version version : HttpClient.Version.values()) {
      HttpClient client = HttpClient.newBuilder().version(version).build();
      for (boolean expects : new boolean[] {false, true}) {
        String name = version + (expects ? ", expectContinue, " : ", ");
        seen.see(name + "200", () -> ask(client, expects, "all-token", BODY));
        seen.see(name + "large", () -> ask(client, expects, "all-token", "{\"x\":\"" + "x".repeat(900_000) + "\"," + BODY.substring(1)));
        // Of a refusal in the place of `100 Continue`, JDK 17 never tells.
        if (expects) continue;
        seen.see(name + "401", () -> ask(client, expects, "wrong-token", BODY));
        seen.see(name + "413", () -> ask(client, expects, "all-token", "x".repeat(2 << 20)));
        seen.see(name + "429", () -> ask(client, expects, "small-token", BODY));
      }
      seen.see(version + ", 100 requests", () -> many(client));
    }
    seen.print();
  }

  private static HttpRequest.Builder request(String path, String token) {
    return HttpRequest.newBuilder(URI.create(URL + path))
        .timeout(Duration.ofSeconds(30))
        .header("Authorization", "Bearer " + token);
  }

  private static String ask(HttpClient client, boolean expects, String token, String body) throws Exception {
    HttpRequest request =
        request("/api/generate", token).expectContinue(expects).POST(BodyPublishers.ofString(body)).build();
    HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
    String shown = answer.statusCode() == 200 ? Seen.answer(answer.body()) : answer.body();
    return answer.version() + " " + answer.statusCode() + " " + shown;
  }

  private static Set<String> many(HttpClient client) throws Exception {
    Set<String> seen = new TreeSet<>();
    for (int index = 0; index < 100; index++) {
      HttpResponse<String> answer = client.send(request("/api/tags", "all-token").build(), BodyHandlers.ofString());
      seen.add(answer.version() + " " + answer.statusCode());
    }
    return seen;
  }
}

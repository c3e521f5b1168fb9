import java.util.List;
import java.util.Map;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.ollama.api.OllamaApi;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

/** Both starters of Spring AI, set up as the settings for clients say: `openai` by properties, `ollama` by a bean. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class SpringClient {
  private static final String URL = System.getenv("GATEWAY_URL");
  private static final String MODEL = System.getenv("MODEL");
  private static final String EMBEDDING_MODEL = System.getenv("EMBEDDING_MODEL");
  // Those of a version are told by a class that only it has.
  private static final boolean TWO = has("org.springframework.boot.restclient.autoconfigure.RestClientAutoConfiguration");

  @Bean
  OllamaApi ollamaApi(@Value("${spring.ai.ollama.base-url}") String url, @Value("${gemma.token}") String token) {
    String bearer = "Bearer " + token;
    return OllamaApi.builder()
        .baseUrl(url)
        .restClientBuilder(RestClient.builder().defaultHeader("Authorization", bearer))
        .webClientBuilder(WebClient.builder().defaultHeader("Authorization", bearer))
        .build();
  }

  public static void main(String[] args) {
    Seen seen = new Seen();
    for (String starter : List.of("openai", "ollama")) {
      with(starter, "all-token", MODEL, context -> {
        ChatModel chat = context.getBean(ChatModel.class);
        EmbeddingModel embedding = context.getBean(EmbeddingModel.class);
        seen.see(starter + ": chat", () -> Seen.answer(chat.call("Say hi.")));
        seen.see(starter + ": stream", () ->
            chat.stream(new Prompt("Say hi.")).collectList().block().size() > 1 ? "an answer in pieces" : "no pieces");
        seen.see(starter + ": embeddings", () -> embedding.embed("hi").length + " numbers");
        seen.see(starter + ": 413", () -> chat.call("x".repeat(2 << 20)));
      });
      failing(seen, starter, "another model", "all-token", "other");
      failing(seen, starter, "401", "wrong-token", MODEL);
      failing(seen, starter, "403", "chat-token", MODEL);
      failing(seen, starter, "429", "small-token", MODEL);
    }
    seen.print();
  }

  private static void failing(Seen seen, String starter, String check, String token, String model) {
    with(starter, token, model, context -> {
      // A client that may chat has no embeddings, and none of the OpenAI interface.
      boolean embeds = check.equals("403") && starter.equals("ollama");
      seen.see(starter + ": " + check, () ->
          embeds ? context.getBean(EmbeddingModel.class).embed("hi") : context.getBean(ChatModel.class).call("Say hi."));
    });
  }

  private static void with(
      String starter, String token, String model, java.util.function.Consumer<ConfigurableApplicationContext> use) {
    SpringApplication application = new SpringApplication(SpringClient.class);
    application.setWebApplicationType(org.springframework.boot.WebApplicationType.NONE);
    application.setDefaultProperties(Map.ofEntries(
        Map.entry("spring.main.banner-mode", "off"),
        Map.entry("logging.level.root", "off"),
        Map.entry("spring.ai.model.chat", starter),
        Map.entry("spring.ai.model.embedding", starter),
        Map.entry("spring.ai.model.audio.speech", "none"),
        Map.entry("spring.ai.model.audio.transcription", "none"),
        Map.entry("spring.ai.model.image", "none"),
        Map.entry("spring.ai.model.moderation", "none"),
        Map.entry("gemma.token", token),
        Map.entry("spring.ai.openai.api-key", token),
        Map.entry("spring.ai.openai.base-url", TWO ? URL + "/v1" : URL),
        Map.entry("spring.ai.openai.chat.options.model", model),
        Map.entry("spring.ai.openai.chat.options.max-tokens", "16"),
        Map.entry("spring.ai.openai.embedding.options.model", EMBEDDING_MODEL),
        Map.entry("spring.ai.ollama.base-url", URL),
        Map.entry("spring.ai.ollama.chat.options.model", model),
        Map.entry("spring.ai.ollama.chat.options.num-predict", "16"),
        Map.entry("spring.ai.ollama.embedding.options.model", EMBEDDING_MODEL)));
    try (ConfigurableApplicationContext context = application.run()) {
      use.accept(context);
    }
  }

  private static boolean has(String name) {
    try {
      Class.forName(name, false, SpringClient.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException missing) {
      return false;
    }
  }
}

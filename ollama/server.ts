/** Folder of the model store inside the container; one below /root would be closed to {@link ollamaUserId}. */
export const modelsPath = "/models";

/** Folder in memory for what the server keeps beside the models, its key among it. */
export const homePath = "/run/ollama";

/** User and group ID of the server. */
export const ollamaUserId = 10001;

/** Port of the server inside the container. */
export const ollamaPort = 11434;

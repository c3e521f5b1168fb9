import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { monitoringImages } from "../docker/monitoring-images.ts";
import { alertmanagerText, tellsSomebody } from "../monitoring/alertmanager.ts";
import { alertsText } from "../monitoring/alerts.ts";
import { blackboxText } from "../monitoring/blackbox.ts";
import { countersFile, countersText, gpuExporterEnvironment } from "../monitoring/gpu-exporter.ts";
import { jsonExporterText } from "../monitoring/json-exporter.ts";
import { dataFolder, figuresFolder, fileOf, operator, partPorts, type Part } from "../monitoring/layout.ts";
import { hostFolder, nodeExporterArguments } from "../monitoring/node-exporter.ts";
import { prometheusText, webText } from "../monitoring/prometheus.ts";
import type { Watched } from "../monitoring/targets.ts";
import { recordDeployment, type RecordDeploymentInput } from "./deployment-record.ts";
import { gpuArgs } from "./gpu.ts";
import { grafanaArgs } from "./monitoring-grafana.ts";
import { MonitoringPart, type MonitoringPartArgs } from "./monitoring-part.ts";
import { networkOf } from "./network.ts";
import type { CommandInput } from "./program-command.ts";
import { publishedUrl } from "./published-port.ts";
import type { StackConfig } from "../config/schema.ts";

/** Arguments of {@link Monitoring}; those of the configuration are described there. */
export interface MonitoringArgs extends Pick<StackConfig, "monitoring" | "gpus" | "logging" | "restart"> {
  readonly watched: Watched;
  /** Network of the server. */
  readonly serverNetwork: pulumi.Input<string>;
  /** Network on which clients in containers reach the gateway; undefined without one. */
  readonly gatewayNetwork: pulumi.Input<string> | undefined;
  /** Token of its own client, secret; undefined without a gateway. */
  readonly token: pulumi.Input<string> | undefined;
  /** What was deployed. */
  readonly deployed: Omit<CommandInput<RecordDeploymentInput>, "container">;
  /** ID of an image with a shell. */
  readonly shellImage: pulumi.Input<string>;
}

/** What a stack's outputs tell of its monitoring. */
export interface MonitoringStatus {
  /** Where Prometheus is, on this host alone. */
  readonly url: string;
  /** Where Alertmanager is. */
  readonly alertsUrl: string;
  readonly grafanaUrl?: string;
  /** Who may look; the password is an output of its own. */
  readonly user: string;
  /** Name of the container that commands leave figures in. */
  readonly figuresContainer: string;
}

/** Leaves its network without a way out, while a port can still be published from it. */
const noWayOut = { "com.docker.network.bridge.enable_ip_masquerade": "false" };

/** Characters of the operator's password. */
const passwordLength = 32;

/** What shows how the service is: Prometheus, Alertmanager and what they ask, in containers of their own. */
export class Monitoring extends pulumi.ComponentResource {
  public readonly status: pulumi.Output<MonitoringStatus>;
  /** Password of {@link operator}, secret. */
  public readonly password: pulumi.Output<string>;

  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:Monitoring", name, {}, opts);
    const parent = { parent: this };
    const { monitoring, watched, serverNetwork, gatewayNetwork, shellImage, logging, restart } = args;
    const { args: networkArgs, options } = networkOf({ subnet: monitoring.subnet });
    const network = new docker.Network(
      `${name}-network`,
      { ...networkArgs, options: noWayOut },
      { ...parent, ...options },
    );
    const password = new random.RandomPassword(`${name}-password`, { length: passwordLength, special: false }, parent);
    const web = { "web.yml": password.bcryptHash.apply(webText) };
    const images = new Map(monitoringImages(args).map((image) => [image.part, image]));
    const part = (which: Part, its: Omit<MonitoringPartArgs, "image" | "shellImage" | "logging" | "restart">) => {
      const image = images.get(which);
      if (image === undefined) throw new Error(`there is no image of ${which}`);
      return new MonitoringPart(which, { image, shellImage, logging, restart, ...its }, parent).container;
    };
    const beside = gatewayNetwork === undefined ? [] : [gatewayNetwork];
    const everywhere = [network.name, serverNetwork, ...beside];

    const figures = new docker.Volume(`${name}-figures`, {}, parent);
    const prometheus = part("prometheus", {
      entrypoint: [
        "/bin/prometheus",
        `--config.file=${fileOf("prometheus.yml")}`,
        `--web.config.file=${fileOf("web.yml")}`,
        `--storage.tsdb.path=${dataFolder}`,
        `--storage.tsdb.retention.time=${monitoring.retentionTime}s`,
        `--storage.tsdb.retention.size=${monitoring.retentionSize}MB`,
      ],
      memory: monitoring.prometheus.memory,
      networks: everywhere,
      files: pulumi.all({
        "prometheus.yml": prometheusText(watched, monitoring),
        "alerts.yml": alertsText(),
        password: password.result,
        ...web,
      }),
      data: true,
      published: { port: monitoring.port, internal: partPorts.prometheus },
      // `docker cp` mounts all of a container's folders in the engine once more, and node_exporter's are the host's.
      further: { volumes: [{ volumeName: figures.name, containerPath: figuresFolder }] },
    });
    // Only whoever is to tell somebody gets a way out. Docker takes that of the network whose name comes first.
    const outside = tellsSomebody(monitoring.alertmanager)
      ? [new docker.Network("alerts-network", {}, parent).name]
      : [];
    const alertmanager = part("alertmanager", {
      entrypoint: [
        "/bin/alertmanager",
        `--config.file=${fileOf("alertmanager.yml")}`,
        `--web.config.file=${fileOf("web.yml")}`,
        `--storage.path=${dataFolder}`,
        // There is one of it.
        "--cluster.listen-address=",
      ],
      memory: monitoring.alertmanager.memory,
      networks: [network.name, ...outside],
      files: pulumi.all({ "alertmanager.yml": alertmanagerText(monitoring.alertmanager), ...web }),
      data: true,
      published: { port: monitoring.alertsPort, internal: partPorts.alertmanager },
    });
    part("blackbox-exporter", {
      entrypoint: ["/bin/blackbox_exporter", `--config.file=${fileOf("blackbox.yml")}`],
      memory: monitoring.blackboxExporter.memory,
      networks: [network.name, ...(gatewayNetwork === undefined ? [serverNetwork] : beside)],
      files: { "blackbox.yml": blackboxText() },
    });
    const { models } = watched;
    part("json-exporter", {
      entrypoint: ["/bin/json_exporter", `--config.file=${fileOf("json-exporter.yml")}`],
      memory: monitoring.jsonExporter.memory,
      networks: everywhere,
      files: pulumi.all({
        "json-exporter.yml": jsonExporterText({ models, token: args.token !== undefined }),
        ...(args.token === undefined ? {} : { token: args.token }),
      }),
    });
    part("node-exporter", {
      entrypoint: ["/bin/node_exporter", ...nodeExporterArguments],
      memory: monitoring.nodeExporter.memory,
      networks: [network.name],
      further: {
        mounts: [{ type: "bind", source: "/", target: hostFolder, readOnly: true }],
        volumes: [{ volumeName: figures.name, containerPath: figuresFolder, readOnly: true }],
      },
    });
    if (watched.gpus)
      part("gpu-exporter", {
        entrypoint: [],
        memory: monitoring.gpuExporter.memory,
        networks: [network.name],
        files: { [countersFile]: countersText() },
        environment: gpuExporterEnvironment,
        further: gpuArgs(args.gpus),
      });
    const grafana = monitoring.grafana.enabled
      ? part("grafana", grafanaArgs({ monitoring, network: network.name, password: password.result }))
      : undefined;
    recordDeployment(`${name}-deployment`, { container: prometheus.id, ...args.deployed }, parent);
    const url = publishedUrl("http", "127.0.0.1", prometheus);
    const alertsUrl = publishedUrl("http", "127.0.0.1", alertmanager);
    this.password = pulumi.secret(password.result);
    this.status = pulumi.output({
      url,
      alertsUrl,
      ...(grafana ? { grafanaUrl: publishedUrl("http", "127.0.0.1", grafana) } : {}),
      user: operator,
      figuresContainer: prometheus.name,
    });
    this.registerOutputs({});
  }
}

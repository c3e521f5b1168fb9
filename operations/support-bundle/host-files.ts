import { asked } from "./ask-host.ts";
import type { BundleFile } from "./archive.ts";

/** What is asked of the host itself, each answer in a file. */
const questions: readonly (Omit<BundleFile, "text"> & { readonly commands: readonly (readonly string[])[] })[] = [
  {
    path: "host/system.txt",
    about: {
      en: "Kernel, system, memory, disks and CPUs of the host",
      ko: "호스트의 커널, 운영체제, 메모리, 디스크, CPU",
    },
    commands: [
      ["uname", "-a"],
      ["cat", "/etc/os-release"],
      ["uptime"],
      ["free", "-m"],
      ["df", "-h"],
      ["df", "-i"],
      ["lscpu"],
    ],
  },
  {
    path: "host/docker.txt",
    about: {
      en: "Versions and settings of Docker, its disks, networks and images",
      ko: "Docker의 버전과 설정, 디스크, 네트워크, 이미지",
    },
    commands: [
      ["docker", "version"],
      ["docker", "info"],
      ["docker", "system", "df"],
      ["docker", "ps", "--all", "--no-trunc", "--format", "{{.Names}}\t{{.Status}}\t{{.Image}}\t{{.Ports}}"],
      ["docker", "network", "ls"],
      ["docker", "images", "--digests"],
    ],
  },
  {
    path: "host/packages.txt",
    about: { en: "Installed packages of Docker, its toolkits and drivers", ko: "설치된 Docker, 툴킷, 드라이버 패키지" },
    commands: [
      [
        "sh",
        "-c",
        "dpkg-query -W 2>/dev/null | grep -Ei 'docker|containerd|runc|nvidia|cuda' || rpm -qa 2>/dev/null | grep -Ei 'docker|containerd|runc|nvidia|cuda'",
      ],
    ],
  },
  {
    path: "host/gpu.txt",
    about: { en: "What nvidia-smi tells of the GPUs", ko: "nvidia-smi가 알려 주는 GPU 정보" },
    commands: [["nvidia-smi"], ["nvidia-smi", "-L"]],
  },
  {
    path: "host/journal-docker.log",
    about: { en: "The last lines of the Docker daemon's journal", ko: "Docker 데몬 저널의 마지막 줄" },
    log: true,
    commands: [
      [
        "journalctl",
        "--unit",
        "docker",
        "--unit",
        "containerd",
        "--lines",
        "2000",
        "--no-pager",
        "--output",
        "short-iso",
      ],
    ],
  },
  {
    path: "host/kernel-memory.log",
    about: {
      en: "What the kernel says of processes that it ended for want of memory, and of GPUs",
      ko: "커널이 메모리 부족으로 종료한 프로세스와 GPU 오류에 관한 줄",
    },
    log: true,
    commands: [
      [
        "sh",
        "-c",
        "(journalctl --dmesg --no-pager --output short-iso 2>/dev/null || dmesg --time-format iso) | grep -Ei 'oom|out of memory|killed process|NVRM|Xid' | tail -n 500",
      ],
    ],
  },
];

/** What the host tells of itself, as far as it may be read. */
export function hostFiles(): Promise<BundleFile[]> {
  return Promise.all(
    questions.map(async ({ commands, ...file }) => {
      const texts = [];
      for (const command of commands) {
        const { text } = await asked(command, { seconds: 20 });
        texts.push(`$ ${command.join(" ")}\n${text}`);
      }
      return { ...file, text: texts.join("\n") };
    }),
  );
}

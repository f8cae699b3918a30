// swift-tools-version: 6.1
import PackageDescription

/// Strictness shared by every Swift target: no implicit existentials, no leaking imports.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    // Tests look inside, and run what people run: one build serves both. Packages are spared it.
    .unsafeFlags(["-enable-testing"], .when(configuration: .release)),
]

/// The files of `Themes`, which are built into the program.
let themes = [
    "dark", "light", "high-contrast", "mono", "solarized-dark", "solarized-light", "gruvbox", "nord", "dracula",
    "catppuccin", "deuteranopia-dark", "deuteranopia-light", "tritanopia-dark",
]

// Rooms from the top of the house to its foundation. Imports point downward only; Sources/README.md says what each holds.
let package = Package(
    name: "loradeck",
    products: [.executable(name: "loradeck", targets: ["loradeck"])],
    traits: [
        .trait(name: "TLS", description: "`--tls-certificate`. BoringSSL, which it needs, takes minutes to compile.")
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        // Without its traits: it reads no configuration here.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ],
    targets: [
        .executableTarget(
            name: "loradeck",
            dependencies: [
                "Console", "TerminalKit", "LoadBench", "ServingAPI", "RemoteEngines", "HTTPClient", "Registry",
                "ServingEngine", "Inference", "ModelFiles", "Hashing", "DeckCore", "Threads",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            resources: [.copy("Resources/DemoAdapters")],
            swiftSettings: strict),
        .target(
            name: "Console", dependencies: ["TerminalKit", "DeckCore"], exclude: ["KEYS.md"], swiftSettings: strict),
        .target(
            name: "TerminalKit",
            dependencies: ["CNcurses", "CTerminal", .product(name: "TOMLKit", package: "TOMLKit")],
            resources: themes.map { .embedInCode("../../Themes/\($0).toml") },
            swiftSettings: strict),
        .target(
            name: "LoadBench", dependencies: ["ServingEngine", "ModelFiles", "HTTPClient", "DeckCore"],
            swiftSettings: strict),
        .target(
            name: "RemoteEngines", dependencies: ["DeckWire", "HTTPClient", "ModelFiles", "DeckCore"],
            swiftSettings: strict),
        // What loradecks tell each other; servers and clients import it.
        .target(name: "DeckWire", dependencies: ["ModelFiles", "DeckCore"], swiftSettings: strict),
        // zlib's format, for streams over slow lines.
        .target(name: "Deflate", swiftSettings: strict),
        .target(
            name: "ServingAPI",
            dependencies: [
                "DeckWire", "Deflate", "ModelFiles", "Hashing", "DeckCore", "Threads", "CProcess",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird", condition: .when(traits: ["TLS"])),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["TLS"])),
                .product(name: "Logging", package: "swift-log"),
            ],
            // For Grafana; nothing here reads it.
            exclude: ["Resources", "FIELDS.md"], swiftSettings: strict),
        .target(
            name: "Registry", dependencies: ["DeckCore", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: strict),
        .target(
            name: "ServingEngine",
            dependencies: [
                "Inference", "ModelFiles", "DeckCore", "CKernels", "Threads",
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            swiftSettings: strict),
        .target(
            name: "Inference", dependencies: ["ModelFiles", "Threads", "DeckCore", "COpenBLAS", "CKernels"],
            swiftSettings: strict),
        .target(
            name: "ModelFiles", dependencies: ["Hashing", "DeckCore", "CKernels", "CMapping"], swiftSettings: strict),
        .target(name: "HTTPClient", dependencies: ["Deflate", "Threads"], swiftSettings: strict),
        .target(name: "Hashing", dependencies: ["DeckCore", "CKernels"], swiftSettings: strict),
        .target(name: "DeckCore", swiftSettings: strict),
        // Threads of our own, whose refusal is told.
        .target(name: "Threads", dependencies: ["CProcess"], swiftSettings: strict),
        .target(name: "CKernels"),
        .target(name: "CProcess"),
        .target(name: "CTerminal", dependencies: ["CMapping"]),
        .target(name: "CMapping"),
        .systemLibrary(name: "CNcurses"),
        .systemLibrary(name: "COpenBLAS"),

        .target(name: "TestSupport", dependencies: ["DeckCore"], path: "Tests/TestSupport", swiftSettings: strict),
        .testTarget(
            name: "ModelFilesTests", dependencies: ["ModelFiles", "DeckCore", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "ThreadsTests", dependencies: ["Threads", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "HashingTests", dependencies: ["Hashing", "CKernels", "DeckCore", "TestSupport"],
            exclude: ["Fixtures"], swiftSettings: strict),
        .testTarget(
            name: "InferenceTests", dependencies: ["Inference", "ModelFiles", "DeckCore", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "ServingEngineTests",
            dependencies: ["ServingEngine", "Inference", "ModelFiles", "DeckCore", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "TerminalKitTests", dependencies: ["TerminalKit", "CNcurses", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "ConsoleTests", dependencies: ["Console", "TerminalKit", "DeckCore", "TestSupport"],
            exclude: ["Goldens"], swiftSettings: strict),
        .testTarget(
            name: "RegistryTests",
            dependencies: ["Registry", "DeckCore", "TestSupport", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: strict),
        .testTarget(
            name: "OracleTests",
            dependencies: ["ServingEngine", "Inference", "ModelFiles", "DeckCore", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "LoadBenchTests",
            dependencies: [
                "LoadBench", "HTTPClient", "ServingEngine", "Inference", "ModelFiles", "DeckCore", "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "RemoteEnginesTests",
            dependencies: ["RemoteEngines", "DeckWire", "HTTPClient", "ModelFiles", "DeckCore", "TestSupport"],
            exclude: ["Fixtures"], swiftSettings: strict),
        .testTarget(name: "DeflateTests", dependencies: ["Deflate", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "DeckWireTests", dependencies: ["DeckWire", "ModelFiles", "DeckCore", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "ServingAPITests",
            dependencies: [
                "ServingAPI", "DeckWire", "ModelFiles", "DeckCore", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            exclude: ["Fixtures"], swiftSettings: strict),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "loradeck", "Console", "ServingAPI", "Registry", "ServingEngine", "ModelFiles", "DeckCore",
                "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: strict),
        .testTarget(
            name: "ProgramTests",
            dependencies: ["loradeck", "Console", "TerminalKit", "DeckWire", "DeckCore", "TestSupport"],
            swiftSettings: strict),
        // Whether documents say what is so.
        .testTarget(name: "HouseTests", dependencies: ["TestSupport"], swiftSettings: strict),
        // What a console makes of answers that nobody should believe.
        .testTarget(
            name: "PeerTests",
            dependencies: [
                "Console", "TerminalKit", "RemoteEngines", "DeckWire", "HTTPClient", "ModelFiles", "DeckCore",
                "TestSupport",
            ], swiftSettings: strict),
    ]
)

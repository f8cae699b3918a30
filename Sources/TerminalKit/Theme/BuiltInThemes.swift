/// The files of the repository's `Themes` folder, embedded when the program is built.
enum BuiltInThemes {
    static let documents: [(name: String, document: String)] = [
        ("dark", text(PackageResources.dark_toml)), ("light", text(PackageResources.light_toml)),
        ("mono", text(PackageResources.mono_toml)),
    ]

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

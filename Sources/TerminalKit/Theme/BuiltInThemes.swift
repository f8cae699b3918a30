/// The files of the repository's `Themes` folder, embedded when the program is built.
enum BuiltInThemes {
    /// In the order in which they are offered.
    static let documents: [(name: String, document: String)] = [
        ("dark", text(PackageResources.dark_toml)), ("light", text(PackageResources.light_toml)),
        ("high-contrast", text(PackageResources.high_contrast_toml)), ("mono", text(PackageResources.mono_toml)),
        ("solarized-dark", text(PackageResources.solarized_dark_toml)),
        ("solarized-light", text(PackageResources.solarized_light_toml)),
        ("gruvbox", text(PackageResources.gruvbox_toml)), ("nord", text(PackageResources.nord_toml)),
        ("dracula", text(PackageResources.dracula_toml)), ("catppuccin", text(PackageResources.catppuccin_toml)),
        ("deuteranopia-dark", text(PackageResources.deuteranopia_dark_toml)),
        ("deuteranopia-light", text(PackageResources.deuteranopia_light_toml)),
        ("tritanopia-dark", text(PackageResources.tritanopia_dark_toml)),
    ]

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

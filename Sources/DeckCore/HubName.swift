/// What a model's repository on the Hugging Face hub is called, and its folder in a cache: `models--owner--name` holds
/// `owner/name`, `models--name` one without an owner.
public enum HubName {
    public static let mark = "models--"

    /// The repository of a folder; nil for a folder that is called otherwise.
    public static func name(ofFolder folder: String) -> String? {
        guard folder.hasPrefix(mark) else { return nil }
        let rest = folder.utf8.dropFirst(mark.utf8.count)
        let dash = UInt8(ascii: "-")
        let cut = rest.indices.first { index in
            rest[index] == dash && rest.index(after: index) < rest.endIndex && rest[rest.index(after: index)] == dash
        }
        guard let cut else { return part(rest) }
        guard let owner = part(rest[..<cut]), let name = part(rest[rest.index(cut, offsetBy: 2)...]) else { return nil }
        return "\(owner)/\(name)"
    }

    /// The folder of a repository; nil for what no folder is called after.
    public static func folder(of name: String) -> String? {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let folder = mark + parts.joined(separator: "--")
        // Only what leads back to the name: nothing with a second slash, an owner with `--`, or dots at the beginning.
        return self.name(ofFolder: folder) == name ? folder : nil
    }

    private static func part(_ text: Substring.UTF8View) -> String? {
        guard let first = text.first, first != UInt8(ascii: "."), !text.contains(UInt8(ascii: "/")), !text.contains(0)
        else { return nil }
        return String(Substring(text))
    }
}

import TOMLKit

/// Reads one theme file. Everything that is not in the schema (described in `Themes/dark.toml`) is an error.
struct ThemeParser {
    private let file: String
    private let lines: KeyLines
    private var errors: [DocumentError] = []
    private var theme: ThemeFile

    /// - Parameters:
    ///   - document: the file's text.
    ///   - name: the file's name without its ending.
    /// - Throws: the `DocumentError` nearest to the file's beginning.
    static func parse(_ document: String, name: String) throws(DocumentError) -> ThemeFile {
        let file = Sanitiser.line(name, limit: 128) + ".toml"
        let document = try TOMLDocument(document, file: file)
        var parser = ThemeParser(file: file, lines: document.lines, name: name)
        parser.read(document.table)
        if let first = parser.errors.min(by: { $0.line ?? 0 < $1.line ?? 0 }) { throw first }
        return parser.theme
    }

    private init(file: String, lines: KeyLines, name: String) {
        self.file = file
        self.lines = lines
        self.theme = ThemeFile(name: name)
    }

    private mutating func fail(_ path: [String], _ message: String) {
        errors.append(DocumentError(file: file, line: lines.line(of: path), message: Sanitiser.line(message)))
    }

    // MARK: - Sections

    private mutating func read(_ table: TOMLTable) {
        for (key, value) in table {
            switch key {
            case "inherits":
                guard let name = value.string else { return fail([key], "'inherits' must be a theme's name") }
                theme.inherits = .init(value: name, line: lines.line(of: [key]), file: file)
            case "palette": readPalette(value)
            case "roles": readRoles(value)
            case "series": theme.series = readRamp(value, section: key, limit: 8)
            case "gradient": theme.gradient = readRamp(value, section: key, limit: 3)
            default: fail([key], "unknown key '\(key)' (known: inherits, palette, roles, series, gradient)")
            }
        }
    }

    private mutating func readPalette(_ value: any TOMLValueConvertible) {
        guard let table = value.table else { return fail(["palette"], "'palette' must be a section") }
        for (name, value) in table {
            let path = ["palette", name]
            if name == "none" {
                fail(path, "'none' cannot be a colour's name, it stands for the terminal's own colour")
            } else if let text = value.string, let color = RGB(hex: text) {
                theme.palette[name] = color
            } else {
                fail(path, "the colour '\(name)' must be written \"#rrggbb\"")
            }
        }
    }

    private mutating func readRoles(_ value: any TOMLValueConvertible) {
        guard let table = value.table else { return fail(["roles"], "'roles' must be a section") }
        for (key, value) in table {
            guard let role = RoleName(rawValue: key) else {
                let known = RoleName.allCases.map(\.rawValue).joined(separator: ", ")
                fail(["roles", key], "unknown role '\(key)' (known: \(known))")
                continue
            }
            guard let keys = value.table else {
                fail(["roles", key], "the role '\(key)' must be written { color = \"...\", ... }")
                continue
            }
            theme.roles[role] = readRole(keys, path: ["roles", key])
        }
    }

    private mutating func readRole(_ table: TOMLTable, path: [String]) -> ThemeFile.RoleSpec {
        var spec = ThemeFile.RoleSpec()
        for (key, value) in table {
            let path = path + [key]
            switch key {
            case "color": spec.color = color(value, path)
            case "background": spec.background = color(value, path)
            case "ansi": spec.ansi = ansi(value, path)
            case "ansiBackground": spec.ansiBackground = ansi(value, path)
            case "attributes": spec.attributes = attributes(value, path)
            case "mono": spec.mono = attributes(value, path)
            default:
                fail(path, "unknown key '\(key)' (known: color, background, ansi, ansiBackground, attributes, mono)")
            }
        }
        return spec
    }

    private mutating func readRamp(
        _ value: any TOMLValueConvertible, section: String, limit: Int
    ) -> ThemeFile.RampSpec {
        var spec = ThemeFile.RampSpec()
        guard let table = value.table else {
            fail([section], "'\(section)' must be a section")
            return spec
        }
        var lengths: Set<Int> = []
        for (key, value) in table {
            let path = [section, key]
            guard ["colors", "ansi", "attributes", "mono"].contains(key) else {
                fail(path, "unknown key '\(key)' (known: colors, ansi, attributes, mono)")
                continue
            }
            guard let array = value.array, (1...limit).contains(array.count) else {
                fail(path, "'\(key)' must be a list of 1 to \(limit)")
                continue
            }
            lengths.insert(array.count)
            switch key {
            case "colors": spec.colors = array.compactMap { color($0, path) }
            case "ansi": spec.ansi = array.compactMap { ansi($0, path).flatMap { $0 } }
            case "attributes": spec.attributes = array.map { attributes($0, path) }
            default: spec.mono = array.map { attributes($0, path) }
            }
        }
        if lengths.count > 1 { fail([section], "the lists in '\(section)' must be equally long") }
        return spec
    }

    // MARK: - Values

    private mutating func color(_ value: any TOMLValueConvertible, _ path: [String]) -> ThemeFile.ColorWord? {
        guard let name = value.string else {
            fail(path, "a colour must be a name of the palette or \"none\"")
            return nil
        }
        return .init(value: name == "none" ? nil : name, line: lines.line(of: path), file: file)
    }

    /// The outer nil after an error.
    private mutating func ansi(_ value: any TOMLValueConvertible, _ path: [String]) -> Int?? {
        if value.string == "none" { return .some(nil) }
        guard let number = value.int, (0...15).contains(number) else {
            fail(path, "a 16-colour number must be 0 to 15 or \"none\"")
            return nil
        }
        return number
    }

    private mutating func attributes(_ value: any TOMLValueConvertible, _ path: [String]) -> TextAttributes {
        var result: TextAttributes = []
        guard let array = value.array else {
            fail(path, "attributes must be a list of \"bold\", \"dim\", \"reverse\", \"underline\"")
            return result
        }
        for item in array {
            guard let attribute = item.string.flatMap({ TextAttributes.names[$0] }) else {
                fail(path, "unknown attribute (known: bold, dim, reverse, underline)")
                continue
            }
            result.insert(attribute)
        }
        return result
    }
}
